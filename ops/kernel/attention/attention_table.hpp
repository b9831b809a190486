#pragma once
// What each instruction set provides for attention.cpp: passes over tiles of scores. A tile is (rows, ld); its columns
// begin at a position that is a multiple of two vectors from the start of their key block, and whole vectors may be
// read and written.
// Private to heed; not installed.
#include <cstdint>
#include <heed/ops/kernel/simd/table.hpp>

namespace heed::kernel {

struct AttentionRange {  // of the columns of a row that count
    std::int32_t begin, end;
};

struct HEED_ABI SoftmaxTile {
    Real* s;  // in: scores; out: e^(scale s - max), 0 outside the row's range
    Dim ld, rows, columns;
    const AttentionRange* range;  // (rows)
    Real scale;                   // above 0
    Real *max, *sum;              // (rows), written; -inf and 0 for a row without a column
};

// What keys give to the rows of a tile: the largest score, the sum of e^(score - max), and with those weights the sum
// of the values.
struct HEED_ABI Contribution {
    Real *max, *sum;  // (rows); -inf and 0 for a row that sees none of the keys
    Real* values;     // (rows, ld)
};

struct HEED_ABI MergeTile {  // online softmax: `to` becomes what its keys and those of `more` give together
    Dim rows, width, ld;
    Contribution to, more;
};

struct HEED_ABI GradientTile {
    Real* s;   // in: scores; out: the weights e^(scale s - max) / sum, 0 outside the row's range
    Real* dp;  // in: gradients of the weights; out: of the scaled scores, weight (dp - delta)
    Dim ld, rows, columns;
    const AttentionRange* range;
    Real scale;
    const Real *max, *sum;  // (rows): of the whole row, as the forward found them
    const Real* delta;      // (rows)
};

struct HEED_ABI DropoutRow {
    std::uint64_t base, first;  // of the stream; index of the row's first element
    std::uint64_t threshold;    // an element is kept if its 32 bits are at least this
    Real scale;                 // of what is kept
};

struct HEED_ABI AttentionFamily {
    void (*softmax)(const SoftmaxTile& t);
    void (*merge)(const MergeTile& t);
    void (*weights)(const GradientTile& t);  // s alone
    void (*dropout)(Real* x, Dim n, const DropoutRow& row);
    void (*dropout_gradient)(const GradientTile& t, const Real* keep);  // weights, then dp (keep dp): keep (rows, ld)
    void (*gradient)(const GradientTile& t);                            // s and dp
    // s = cap tanh(scale s / cap) where cap is not 0, else scale s; its derivative by scale s goes to `derivative`
    // where that is not null.
    void (*adjust)(Real* s, Dim n, Real scale, Real cap, Real* derivative);
    // s[j] = -inf where bit first + j of `bits` is 0, for j < n; first is a multiple of 32.
    void (*hide)(Real* s, Dim n, const std::uint64_t* bits, Dim first);
    void (*multiply)(Real* x, const Real* y, Dim n);                  // x *= y; 0 stays 0, whatever y is
    void (*add_scaled)(Real* to, const Real* x, Dim n, Real factor);  // to += factor x
    void (*add_to_double)(double* to, const Real* x, Dim n);          // to += x, for sums of many terms
    void (*scaled)(Real* to, const Real* x, Dim n, Real factor);      // to = factor x
    Real (*dot)(const Real* x, const Real* y, Dim n);
    bool (*finite)(const Real* x, Dim ld, Dim rows, Dim width);
};
HEED_KERNEL_FAMILY(AttentionFamily)

}  // namespace heed::kernel
