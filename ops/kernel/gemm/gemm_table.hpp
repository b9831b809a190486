#pragma once
// What each instruction set provides for gemm.cpp.
// Private to heed; not installed.
#include <heed/ops/kernel/gemm/gemm.hpp>
#include <heed/ops/kernel/simd/table.hpp>

namespace heed::kernel {

// One tile of C: rows x (vectors * lanes) sums over k, started from `from` (or 0), written whole to `to`.
struct HEED_ABI GemmTile {
    const Real* a;
    Dim a_row, a_step;  // elements from one row of op(A) to the next, and from one k to the next
    const Real* b;
    Dim b_step;  // elements from one k to the next; the columns of op(B) are contiguous
    Dim k;
    const Real* from;  // the sums of earlier k, or null
    Dim ld_from;
    Real* to;
    Dim ld_to;
    Real* keep = nullptr;  // B is also written there, packed, for the tiles below
    // k times so many: the first k of op(A), then those so many elements further on, and so forth. B goes on.
    Dim stretches = 1, a_stretch = 0;
};

// The epilogue of a tile: `sums` (rows, cols) to C; bias, residual and c point at the tile's first element.
struct HEED_ABI GemmFinish {
    Dim rows, cols;
    const Real* sums;
    Dim ld_sums;
    Real alpha;
    const Real* bias;
    Act act;
    const Real* residual;
    Dim ldr;
    bool accumulate;
    Real* c;
    Dim ldc;
};

struct HEED_ABI GemmFamily {
    static constexpr int most_rows = 8, most_vectors = 4;
    using Tiles = void (*[most_rows + 1][most_vectors + 1])(const GemmTile& tile);  // by rows and vectors, from 1
    Dim lanes;                                                                      // Reals in a vector
    Dim vectors;                                                                    // the widest tile
    Dim rows[most_vectors + 1];                                                     // the tallest tile of each width
    Tiles tile;
    // A strip of C: rows x cols sums, and B read once, from its first row to its last. From and to are cols wide.
    void (*strip[most_rows + 1])(const GemmTile& strip, Dim cols);
    void (*finish)(const GemmFinish& finish);
    // to[i * width + j] = from[i * ld + j] (or from[j * ld + i]) for i < depth, j < cols; 0 for cols <= j < width.
    void (*pack)(const Real* from, Dim ld, Dim depth, Dim cols, Real* to, Dim width);
    void (*pack_transposed)(const Real* from, Dim ld, Dim depth, Dim cols, Real* to, Dim width);
    // to[(t * depth + i) * rows + r] = from[i * ld + t * rows + r] for t < tiles, i < depth, r < rows <= most_rows.
    void (*pack_tiles)(const Real* from, Dim ld, Dim depth, Dim rows, Dim tiles, Real* to);
};
HEED_KERNEL_FAMILY(GemmFamily)

}  // namespace heed::kernel
