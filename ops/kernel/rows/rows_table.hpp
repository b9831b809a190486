#pragma once
// What each instruction set provides for rows.cpp, norm.cpp and cross_entropy.cpp: consecutive rows, on one thread.
// Private to heed; not installed.
#include <heed/ops/kernel/elementwise/functions.hpp>
#include <heed/ops/kernel/rows/cross_entropy.hpp>
#include <heed/ops/kernel/simd/table.hpp>

namespace heed::kernel {

struct HEED_ABI SoftmaxFamily {
    void (*softmax)(const Real* x, Real* y, Dim rows, Dim n);
    void (*softmax_backward)(const Real* y, const Real* dy, Real* dx, Dim rows, Dim n);
    void (*log_softmax)(const Real* x, Real* y, Dim rows, Dim n);
    void (*log_softmax_backward)(const Real* y, const Real* dy, Real* dx, Dim rows, Dim n);
    void (*logsumexp)(const Real* x, Real* y, Dim rows, Dim n);
    void (*log_sums)(const CrossEntropy& c, LogSums lse, Dim begin, Dim end);
    void (*spread_losses)(const CrossEntropy& c, LogSums lse, Real* loss, Dim begin,
                          Dim end);  // sum_c w[c] (lse - x[c])
    void (*cross_entropy_backward)(const CrossEntropy& c, LogSums lse, const Real* dloss, Real scale, Real* dlogits,
                                   Dim begin, Dim end);
};
HEED_KERNEL_FAMILY(SoftmaxFamily)

struct HEED_ABI NormFamily {
    // mean is null for the root-mean-square norm. Backward adds to dgain and dbias where they are not null.
    void (*forward)(const Real* x, const Real* gain, const Real* bias, Real eps, Real* y, Real* mean, Real* rstd,
                    Dim rows, Dim n);
    void (*backward)(const Real* x, const Real* gain, const Real* mean, const Real* rstd, const Real* dy, Real* dx,
                     Real* dgain, Real* dbias, Dim rows, Dim n);
};
HEED_KERNEL_FAMILY(NormFamily)

struct HEED_ABI ReduceFamily {
    void (*last[reduce_count])(const Real* x, Real* y, Dim rows, Dim n);
    // y (width) from x (n, width) whose rows are `stride` elements apart.
    void (*middle[reduce_count])(const Real* x, Dim stride, Dim n, Dim width, Real* y);
};
HEED_KERNEL_FAMILY(ReduceFamily)

}  // namespace heed::kernel
