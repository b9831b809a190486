#pragma once
// Sums of a loss of each element of x by its target, with the derivatives by x made in the same pass.
#include <heed/core/real.hpp>

namespace heed::kernel {

// With e = x - t: e^2; |e|, whose derivative at 0 and at NaN is 0; e^2 / 2 where |e| <= parameter, else parameter (|e|
// - parameter / 2). The last: max(x, 0) - x t + log(1 + e^-|x|), where an infinite x on the side of its target adds 0.
enum class LossTerm { squared, absolute, huber, logits };
inline constexpr int loss_term_count = 4;

// The sum over n elements. derivatives (n), times `share`, are written if not null. The elements are added in floats by
// eights, these in doubles: in one order on any number of threads.
double sum_of_terms(LossTerm term, const Real* x, const Real* t, Dim n, Real parameter, Real share, Real* derivatives);

}  // namespace heed::kernel
