#pragma once
// Functions of the last axis of contiguous arrays (rows, n), and reductions. Rows are shared out to threads; the bits
// of a row depend on nothing but the row. Results overwrite what was there.
#include <heed/core/real.hpp>
#include <heed/ops/kernel/elementwise/functions.hpp>

namespace heed::kernel {

// y = e^x / sum e^x. A row of -inf gives zeros. y may be x.
void softmax(const Real* x, Real* y, Dim rows, Dim n);
void softmax_backward(const Real* y, const Real* dy, Real* dx, Dim rows, Dim n);  // dx = y (dy - sum(y dy))

// y = x - log sum e^x. A row of -inf stays.
void log_softmax(const Real* x, Real* y, Dim rows, Dim n);
void log_softmax_backward(const Real* y, const Real* dy, Real* dx, Dim rows, Dim n);  // dx = dy - e^y sum(dy)

// y (rows) = log sum e^x; -inf for a row of -inf. Its gradient is dy times the softmax of x.
void logsumexp(const Real* x, Real* y, Dim rows, Dim n);

// y = (x - mean) rstd gain + bias with rstd = 1 / sqrt(variance + eps) (Ba et al., 2016; the variance divides by n).
// gain and bias are (n) or null; mean and rstd (rows) are written for the backward.
void layer_norm(const Real* x, const Real* gain, const Real* bias, Real eps, Real* y, Real* mean, Real* rstd, Dim rows,
                Dim n);
// dgain and dbias (n) may be null. They sum over blocks of rows that depend on n only, so threads change no bit.
void layer_norm_backward(const Real* x, const Real* gain, const Real* mean, const Real* rstd, const Real* dy, Real* dx,
                         Real* dgain, Real* dbias, Dim rows, Dim n);

// y = x rstd gain with rstd = 1 / sqrt(mean(x^2) + eps) (Zhang and Sennrich, 2019).
void rms_norm(const Real* x, const Real* gain, Real eps, Real* y, Real* rstd, Dim rows, Dim n);
void rms_norm_backward(const Real* x, const Real* gain, const Real* rstd, const Real* dy, Real* dx, Real* dgain,
                       Dim rows, Dim n);

// y (outer, inner) from x (outer, n, inner). Over n = 0: 0, 1, -inf, inf. max and min give NaN if there is one.
// Order: for inner > 1 chains of 32 elements are combined by a tree (core/sum_tree.hpp); for inner = 1, with L lanes a
// vector, element i joins lane i mod L of a block of 32 L elements, the blocks are combined by a tree, then lane i with
// lane i + L/2, and so on.
void reduce(Reduce f, const Real* x, Dim outer, Dim n, Dim inner, Real* y);

// The first index of each row's maximum or minimum; of its first NaN if there is one. n > 0.
void argmax(const Real* x, std::int64_t* indices, Dim rows, Dim n);
void argmin(const Real* x, std::int64_t* indices, Dim rows, Dim n);

// y[o, i, :] = sum of x[o, j, :] over j <= i (over j >= i if `reverse`, which is the gradient) in x (outer, n, inner).
void cumulative_sum(const Real* x, Real* y, Dim outer, Dim n, Dim inner, bool reverse = false);

}  // namespace heed::kernel
