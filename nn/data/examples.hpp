#pragma once
// Parts of examples that are in memory: those kept back to measure on, those of a batch.
#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/core/real.hpp>

namespace heed::data {

template <class T>
struct Parts {
    std::vector<T> train, dev;
};

// Keeps the last tenth of the examples of the file `path` for dev, or what is behind the first `cut`. Throws FileError
// where a part is empty.
template <class T>
Parts<T> hold_out(std::vector<T> examples, std::optional<Dim> cut, const std::string& path) {
    const Dim all = std::ssize(examples), n = cut ? std::min(*cut, all) : all - all / 10;
    if (n == 0 || n == all) throw FileError(fmt::format("{}: holds too few examples to keep a tenth back", path));
    std::vector<T> last(examples.begin() + n, examples.end());
    examples.resize(static_cast<std::size_t>(n));
    return {std::move(examples), std::move(last)};
}

// all[which[0]], all[which[1]], ...
template <class T>
std::vector<T> picked(const std::vector<T>& all, std::span<const std::size_t> which) {
    std::vector<T> some;
    for (const std::size_t i : which) some.push_back(all[i]);
    return some;
}

// The parts of at most `size` examples, one behind the other.
template <class T>
std::vector<std::span<const T>> in_parts(const std::vector<T>& all, std::size_t size) {
    std::vector<std::span<const T>> parts;
    for (std::size_t from = 0; from < all.size(); from += size)
        parts.push_back(std::span(all).subspan(from, std::min(size, all.size() - from)));
    return parts;
}

// Where sequences of these lengths stand that are put into rows one behind the other, so that little is padded: each
// into the first row that has room. A row has at most `length` positions, or those of one longer sequence.
struct SideBySide {
    std::vector<std::pair<Dim, Dim>> places = {};  // of each: its row, and its first position there
    std::vector<Dim> filled = {};                  // of each row
};
inline SideBySide side_by_side(std::span<const Dim> lengths, Dim length) {
    SideBySide rows;
    for (const Dim n : lengths) {
        auto row = std::ranges::find_if(rows.filled, [&](Dim filled) { return filled + n <= length; });
        if (row == rows.filled.end()) row = rows.filled.insert(row, 0);
        rows.places.emplace_back(row - rows.filled.begin(), *row);
        *row += n;
    }
    return rows;
}

}  // namespace heed::data
