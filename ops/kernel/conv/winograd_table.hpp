#pragma once
// What each instruction set provides for winograd.cpp. With matrices B^T (4, 4), G (4, 3) and A^T (2, 4), a tile of
// results is A^T ((G g G^T) * (B^T d B)) A for 3 x 3 weights g and 4 x 4 inputs d, where * is by element.
// Private to heed; not installed.
#include <heed/ops/kernel/simd/table.hpp>

namespace heed::kernel {

// One of the four rows of a line of transformed tiles: p + sign q, two rows of an image of which each tile sees some
// columns, transformed along the columns. Columns outside the image are zeros.
struct HEED_ABI WinogradRow {
    const Real *p, *q;
    Real sign;
    Dim size, channels;  // of the image: columns, and elements from one to the next
    Dim wanted;          // channels, from p on
    Dim first;           // the first column that the first tile sees; the next one begins two columns on
    Dim tiles;
    Real* to;  // four matrices (tiles, ld), whole vectors of each row written
    Dim matrix, ld;
};

// The two rows of results of a line of tiles.
struct HEED_ABI WinogradResults {
    const Real* from;  // sixteen matrices (tiles, ld)
    Dim matrix, ld;
    Dim tiles;
    const Real* bias;     // or null
    Real *upper, *lower;  // (size, channels); lower is null below the image
    Dim size, channels;
};

struct HEED_ABI WinogradFamily {
    Dim lanes;                             // Reals in a vector
    void (*inputs)(const WinogradRow& r);  // d -> d B, of four columns of the image
    void (*results)(const WinogradResults& r);
    void (*gradients)(const WinogradRow& r);  // dy -> dy A^T, of two columns
    // w (9, in, out) -> to, 16 matrices (in, ld), for the inputs begin .. end; and the gradient, the other way.
    void (*weights)(const Real* w, Dim in, Dim out, Dim begin, Dim end, Real* to, Dim ld);
    void (*weights_gradient)(const Real* from, Dim ld, Dim in, Dim out, Dim begin, Dim end, Real* dw);
};
HEED_KERNEL_FAMILY(WinogradFamily)

}  // namespace heed::kernel
