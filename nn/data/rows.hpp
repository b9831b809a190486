#pragma once
// Rows of integers as arrays: ids of symbols, positions, lengths.
#include <cstdint>
#include <span>
#include <vector>
#include <heed/core/array.hpp>

namespace heed::data {

Ints array_of(std::span<const std::int64_t> row);  // (n)

// Rows of different lengths as one array.
struct Padded {
    Ints values;   // (b, t): each row, then the padding
    Ints lengths;  // (b): for the mask lengths()
};
Padded padded(std::span<const std::vector<std::int64_t>> rows,
              std::int64_t padding = 0);  // throws RangeError for no rows

// x(rows(0)), x(rows(1)), ... of x (n, ...).
Ints rows_of(const Ints& x, const Ints& rows);

}  // namespace heed::data
