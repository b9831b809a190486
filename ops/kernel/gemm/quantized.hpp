#pragma once
// Products with a quantized matrix, and how it is laid out.
#include <heed/core/quantized.hpp>

namespace heed::kernel {

inline constexpr Dim most_quantized_rows =
    8;  // with more, the multiply-adds of a product take longer than reading a matrix of floats

// Columns that lie together in the values of a QuantizedMatrix, for isa().
HEED_ABI Dim quantized_panel();

// y (m, out) = x (m, in) w + bias (out), which may be null. The bits of a product with the same values as Reals: sums
// are made of the same chains, and begin with the bias.
void quantized_product(const QuantizedMatrix& w, Dim m, const Real* x, const Real* bias, Real* y);

}  // namespace heed::kernel
