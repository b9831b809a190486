// Rows of integers as arrays.
#include <algorithm>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/rows.hpp>

namespace heed::data {

Ints array_of(std::span<const std::int64_t> row) {
    Ints array = Ints::from_shape({static_cast<Dim>(row.size())});
    std::ranges::copy(row, array.data());
    return array;
}

Padded padded(std::span<const std::vector<std::int64_t>> rows, std::int64_t padding) {
    require(!rows.empty(), "padded", "no rows; expected at least one", Site::current());
    std::size_t longest = 0;
    for (const auto& row : rows) longest = std::max(longest, row.size());
    const Dim b = static_cast<Dim>(rows.size()), t = static_cast<Dim>(longest);
    Padded out{Ints::from_shape({b, t}), Ints::from_shape({b})};
    std::fill_n(out.values.data(), b * t, padding);
    for (Dim i = 0; i < b; ++i) {
        const auto& row = rows[static_cast<std::size_t>(i)];
        std::copy(row.begin(), row.end(), out.values.data() + i * t);
        out.lengths.data()[i] = static_cast<std::int64_t>(row.size());
    }
    return out;
}

Ints rows_of(const Ints& x, const Ints& rows) {
    Shape shape(x.shape().begin(), x.shape().end());
    const Dim each = count(x) / std::max<Dim>(shape.front(), 1);
    shape.front() = count(rows);
    Ints y = Ints::from_shape(shape);
    for (Dim i = 0; i < count(rows); ++i) std::copy_n(x.data() + rows(i) * each, each, y.data() + i * each);
    return y;
}

}  // namespace heed::data
