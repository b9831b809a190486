#pragma once
// What each instruction set provides for products of operands that are rounded to bfloat16.
// Private to heed; not installed.
#include <heed/core/base/bfloat16.hpp>
#include <heed/ops/kernel/gemm/gemm_table.hpp>

namespace heed::kernel {

// Products take such operands as words of a Real's size, each of `together` neighbours along k; where that is 1, a word
// is the element.
struct HEED_ABI Bfloat16Family {
    Dim together;
    // to[i * ld_to + p] = the p-th word of row i, of k elements; what is missing in the last word is 0.
    void (*words)(const Bfloat16* from, Dim ld, Dim rows, Dim k, Real* to, Dim ld_to);
    // to[p * width + j] = the p-th word of column j, of k elements; 0 for cols <= j < width, a multiple of a vector.
    void (*words_across)(const Bfloat16* from, Dim ld, Dim k, Dim cols, Real* to, Dim width);
    GemmFamily::Tiles tile;  // for words
    void (*round)(const Real* from, Bfloat16* to, Dim n);
};
HEED_KERNEL_FAMILY(Bfloat16Family)

const Bfloat16Family& bfloat16_family();

}  // namespace heed::kernel
