#pragma once
// Distributions over whole numbers, such as a pixel's value, as mixtures of logistic ones that are cut into steps
// (Salimans et al., "PixelCNN++", 2017). Each number has the probability of what lies up to 1/2 from it; the first and
// the last also have what lies beyond, so that all together have 1.
#include <heed/core/tape.hpp>

namespace heed::nn {

// The logarithms of the probabilities of `values`, which are 0 to levels - 1, under mixtures of k parts: parameters
// (..., 3 k), values (...) -> (...). Side by side in the last axis stand a logit for each part; then its mean, -1 for
// the first number and 1 for the last; then how narrow it is, the logarithm of levels / (10 scale), held between -4
// and 5. Throws RangeError for less than two levels and values outside of them, ShapeError.
HEED_ABI Var logistic_mixture_log_p(In parameters, const Array& values, Dim levels = 256);

}  // namespace heed::nn
