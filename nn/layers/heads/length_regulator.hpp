#pragma once
// From symbols to the frames that speak them.
#include <heed/ops/ops.hpp>

namespace heed::nn {

// Each position of x as many times over as its duration (the length regulator of Ren et al., "FastSpeech", 2019):
// x (b, n, d) and durations (b, n) -> (b, t, d), where t is the largest sum of an example's durations; an example with
// a smaller sum ends in zeros. The gradient of a position is the sum of those of its frames. Throws ShapeError;
// RangeError for a duration below 0.
HEED_ABI Var regulate_length(In x, const Ints& durations);

}  // namespace heed::nn
