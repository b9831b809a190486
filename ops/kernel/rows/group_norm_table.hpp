#pragma once
// What each instruction set provides for group_norm.cpp: passes over the rows of one example, (rows, width), with a
// value for each column.
// Private to heed; not installed.
#include <heed/ops/kernel/simd/table.hpp>

namespace heed::kernel {

struct HEED_ABI Columns {  // h = (x - centre) scale
    const Real *x, *centre, *scale;
    Dim rows, width;
};

struct HEED_ABI GroupNormFamily {
    void (*sums)(const Columns& c, Real* to);                                          // of x
    void (*squares)(const Columns& c, Real* to);                                       // of x - centre
    void (*normalise)(const Columns& c, const Real* gain, const Real* bias, Real* y);  // h gain + bias
    void (*gradient_sums)(const Columns& c, const Real* dy, Real* of_dy, Real* of_dy_h);
    // scale (dy gain - mean_g - h mean_gh)
    void (*gradient)(const Columns& c, const Real* dy, const Real* gain, const Real* mean_g, const Real* mean_gh,
                     Real* dx);
};
HEED_KERNEL_FAMILY(GroupNormFamily)

}  // namespace heed::kernel
