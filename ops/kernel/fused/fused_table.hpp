#pragma once
// What each instruction set provides for gru.cpp, lstm.cpp, gated.cpp and adam.cpp.
// Private to heed; not installed.
#include <heed/ops/kernel/fused/adam.hpp>
#include <heed/ops/kernel/fused/gated.hpp>
#include <heed/ops/kernel/simd/table.hpp>

namespace heed::kernel {

struct HEED_ABI GruFamily {
    // One row; keep is its mask.
    void (*forward)(const Real* gx, const Real* gh, const Real* h, bool keep, Real* h_next, Real* gates, Dim width);
    void (*backward)(const Real* gh, const Real* h, bool keep, const Real* gates, const Real* dh_next, Real* dgx,
                     Real* dgh, Real* dh, Dim width);
};
HEED_KERNEL_FAMILY(GruFamily)

struct HEED_ABI LstmFamily {
    // One row that its mask does not keep.
    void (*forward)(const Real* gx, const Real* gh, const Real* c, Real* h_next, Real* c_next, Real* gates, Dim width);
    void (*backward)(const Real* c, const Real* c_next, const Real* gates, const Real* dh_next, const Real* dc_next,
                     Real* dgates, Real* dc, Dim width);
};
HEED_KERNEL_FAMILY(LstmFamily)

struct HEED_ABI GatedFamily {
    // n elements of a row.
    void (*forward[gate_count])(const Real* gate, const Real* value, Real* y, Dim n);
    void (*backward[gate_count])(const Real* gate, const Real* value, const Real* dy, Real* dgate, Real* dvalue, Dim n);
};
HEED_KERNEL_FAMILY(GatedFamily)

struct HEED_ABI AdamFamily {
    // A null g is zeros.
    void (*update)(const AdamStep& step, const Real* g, Real* p, Real* m, Real* v, Real* largest, Dim n);
};
HEED_KERNEL_FAMILY(AdamFamily)

}  // namespace heed::kernel
