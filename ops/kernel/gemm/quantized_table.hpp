#pragma once
// What each instruction set provides for quantized.cpp.
// Private to heed; not installed.
#include <heed/ops/kernel/gemm/quantized.hpp>
#include <heed/ops/kernel/simd/table.hpp>

namespace heed::kernel {

// `cols` columns of y: sums over `in` values in one chain, begun with bias, or with 0 where that is null.
struct HEED_ABI QuantizedPanel {
    Dim rows, cols, in;
    const Real* x;  // (rows, ldx)
    Dim ldx;
    const std::byte* w;   // (in, panel)
    const Real* factors;  // (panel), of int8
    const Real* bias;
    Real* y;  // (rows, ldy)
    Dim ldy;
};

struct HEED_ABI QuantizedFamily {
    Dim panel;  // columns
    void (*int8)(QuantizedPanel p);
    void (*bfloat16)(QuantizedPanel p);
};
HEED_KERNEL_FAMILY(QuantizedFamily)

}  // namespace heed::kernel
