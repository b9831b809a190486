#pragma once
// What each instruction set provides for compact.cpp.
#include <heed/ops/kernel/compact.hpp>
#include <heed/ops/kernel/table.hpp>

namespace heed::kernel {

// `cols` columns of y: sums over `in` numbers in one chain, begun with bias, or with 0 where that is null.
struct HEED_ABI CompactPanel {
    Dim rows, cols, in;
    const Real* x;           // (rows, ldx)
    Dim ldx;
    const std::byte* w;      // (in, panel)
    const Real* factors;     // (panel), of int8
    const Real* bias;
    Real* y;                 // (rows, ldy)
    Dim ldy;
};

struct HEED_ABI CompactFamily {
    Dim panel;  // columns
    void (*int8)(CompactPanel p);
    void (*bfloat16)(CompactPanel p);
};
HEED_KERNEL_FAMILY(CompactFamily)

}  // namespace heed::kernel
