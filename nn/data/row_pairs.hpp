#pragma once
// Prepared data whose rows come in pairs, such as sentences and their translations: all of them, or some.
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>
#include <heed/nn/data/prepared.hpp>

namespace heed::data {

struct RowPair {
    std::vector<std::int64_t> source, target;
};

class RowPairs {
public:
    // Pair n is rows 2n and 2n + 1. Throws FileError for an odd number of rows.
    explicit RowPairs(Prepared rows);
    // The pairs of these numbers, in this order: 4 bytes for each of them. Throws RangeError for one that there is not.
    RowPairs(Prepared rows, std::vector<std::uint32_t> which);

    std::size_t size() const { return which_ ? which_->size() : static_cast<std::size_t>(rows_.rows()) / 2; }
    std::pair<Dim, Dim> lengths(std::size_t n) const { return {rows_.length(row(n)), rows_.length(row(n) + 1)}; }
    // Throw RangeError for a number that there is not, FileError as IdSpan does.
    RowPair at(std::size_t n) const { return {rows_.row(row(n)).vector(), rows_.row(row(n) + 1).vector()}; }
    std::vector<RowPair> at(std::span<const std::size_t> numbers) const;

private:
    Dim row(std::size_t n) const;
    Prepared rows_;
    std::optional<std::vector<std::uint32_t>> which_;
};

}  // namespace heed::data
