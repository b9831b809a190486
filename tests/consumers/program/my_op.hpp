#pragma once
#include <heed/heed.hpp>

heed::Var mish(heed::In x);  // x tanh(softplus(x)), elementwise
