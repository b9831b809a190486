#pragma once
// The tiles that share a matrix of whole vectors, for convolutions.
// Private to heed; not installed.
#include <heed/ops/kernel/gemm/gemm_table.hpp>
#include <heed/ops/kernel/gemm/split.hpp>

namespace heed::kernel {

// Calls f(first row, first column, tile) for the tiles of (rows, columns), where tile is the kernel of their size.
template <class F>
void each_tile(Dim rows, Dim columns, F&& f) {
    if (rows == 0 || columns == 0) return;
    const GemmFamily& isa = table<GemmFamily>();
    const Dim vectors = columns / isa.lanes;
    const Split panels(vectors, ceil_div(vectors, isa.vectors));
    for (Dim p = 0; p < panels.parts; ++p) {
        const Dim width = panels.length(p);
        const Split tiles(rows, ceil_div(rows, isa.rows[width]));
        for (Dim t = 0; t < tiles.parts; ++t)
            f(tiles.begin(t), panels.begin(p) * isa.lanes, isa.tile[tiles.length(t)][width]);
    }
}

}  // namespace heed::kernel
