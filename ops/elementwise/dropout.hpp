#pragma once
// Dropout by a random stream that was drawn before, for ops that drop elements inside.
// Private to heed; not installed.
#include <heed/core/tape.hpp>

namespace heed {

Var dropout_by(In x, double p, const RandomStream& stream);

}  // namespace heed
