#pragma once
// A matrix's numbers in fewer bits, for products of few rows, which take as long as reading the matrix does.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <heed/core/array.hpp>

namespace heed {

enum class Precision {
    int8,      // integers from -127 to 127, times a factor for each column
    bfloat16,  // the upper 16 bits of a float
};

// A matrix (in, out) whose numbers are exactly those that `precision` can say, a second time, in that form.
struct HEED_ABI CompactMatrix {
    Precision precision;
    std::uint32_t version = 0;  // of the value that it was made from
    Dim in, out, panel;         // `panel` columns lie together: (panels, in, panel), 0 past the last column
    Storage<std::byte> numbers;
    Storage<Real> factors = {};  // int8: of each column
};

// Throws NumberError, which names the parameter, for a number that is not finite, or that bfloat16 has no place for.
void require_roundable(const Array& matrix, Precision precision, std::string_view name);
// Rounds such a matrix (in, out) in place, and gives the same numbers as `precision` holds them: of int8, a column's factor is its largest
// magnitude / 127.
HEED_ABI std::shared_ptr<CompactMatrix> round_to(Array& matrix, Precision precision);

}  // namespace heed
