#pragma once
// Quantizes a matrix: rounds it to what fewer bits can represent.
#include <memory>
#include <string_view>
#include <heed/core/quantized.hpp>

namespace heed {

// Throws NumberError, which names the parameter, for a value that is not finite, or too large for bfloat16.
void require_quantizable(const Array& matrix, Precision precision, std::string_view name);
// Quantizes such a matrix (in, out) in place, and returns a copy of the same values in `precision`. In int8, a column's
// factor is its largest magnitude / 127.
HEED_ABI std::shared_ptr<QuantizedMatrix> quantize_to(Array& matrix, Precision precision);

}  // namespace heed
