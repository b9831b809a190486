#pragma once
// What each instruction set provides for gru.cpp and adam.cpp.
#include <heed/ops/kernel/adam.hpp>
#include <heed/ops/kernel/table.hpp>

namespace heed::kernel {

struct HEED_ABI GruFamily {
    // One row; keep is its mask.
    void (*forward)(const Real* gx, const Real* gh, const Real* h, bool keep, Real* h_next, Real* gates, Dim width);
    void (*backward)(const Real* gh, const Real* h, bool keep, const Real* gates, const Real* dh_next, Real* dgx, Real* dgh, Real* dh, Dim width);
};
HEED_KERNEL_FAMILY(GruFamily)

struct HEED_ABI AdamFamily {
    void (*update)(const AdamStep& step, const Real* g, Real* p, Real* m, Real* v, Dim n);
};
HEED_KERNEL_FAMILY(AdamFamily)

}  // namespace heed::kernel
