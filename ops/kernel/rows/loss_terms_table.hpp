#pragma once
// What each instruction set provides for loss_terms.cpp: the sum of one block.
// Private to heed; not installed.
#include <heed/ops/kernel/rows/loss_terms.hpp>
#include <heed/ops/kernel/simd/table.hpp>

namespace heed::kernel {

struct HEED_ABI LossTermFamily {
    double (*sum[loss_term_count])(const Real* x, const Real* t, Dim n, Real parameter, Real share, Real* derivatives);
};
HEED_KERNEL_FAMILY(LossTermFamily)

}  // namespace heed::kernel
