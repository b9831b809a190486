#pragma once
// A quantized matrix: in fewer bits, for products of few rows, which take as long as reading the matrix does.
#include <cstddef>
#include <cstdint>
#include <heed/core/array.hpp>

namespace heed {

enum class Precision {
    int8,      // integers from -127 to 127, times a factor for each column
    bfloat16,  // the upper 16 bits of a float
};

// A copy, in `precision`, of a matrix (in, out) whose values are exactly representable in it.
struct HEED_ABI QuantizedMatrix {
    Precision precision;
    std::uint32_t version = 0;  // of the value that it was made from
    Dim in, out, panel;         // `panel` columns lie together: (panels, in, panel), 0 past the last column
    Storage<std::byte> values;
    Storage<Real> factors = {};  // int8: of each column
};

}  // namespace heed
