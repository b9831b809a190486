#pragma once
// Products with a matrix in fewer bits, and how it is laid out.
#include <heed/ops/compact.hpp>

namespace heed::kernel {

inline constexpr Dim most_compact_rows = 8;  // with more, the multiply-adds of a product take longer than reading a matrix of floats

// Columns that lie together in the numbers of a CompactMatrix, for isa().
HEED_ABI Dim compact_panel();

// y (m, out) = x (m, in) w + bias (out), which may be null. The bits of a product with the same numbers as Reals: sums are
// made of the same chains, and begin with the bias.
void compact_product(const CompactMatrix& w, Dim m, const Real* x, const Real* bias, Real* y);

}  // namespace heed::kernel
