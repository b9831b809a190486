#pragma once
#include <heed/heed.hpp>

heed::Var squareplus(heed::In x);  // (x + sqrt(x^2 + 4)) / 2, elementwise
