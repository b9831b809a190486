#pragma once
// What each instruction set provides for gru.cpp, adam.cpp and additive.cpp.
#include <heed/ops/kernel/adam.hpp>
#include <heed/ops/kernel/additive.hpp>
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

struct HEED_ABI AdditiveFamily {
    // Query row i of one item of the batch: s (tk).
    void (*scores)(const Real* q, const Real* k, const Real* w, Dim tk, Dim d, Real* s);
    // The same row's gradients: dq (d) is written, dk (tk, d) and dw (d) are added to.
    void (*backward)(const Real* q, const Real* k, const Real* w, const Real* ds, Dim tk, Dim d, Real* dq, Real* dk, Real* dw);
};
HEED_KERNEL_FAMILY(AdditiveFamily)

}  // namespace heed::kernel
