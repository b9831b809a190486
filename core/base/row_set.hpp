#pragma once
// Some of the rows of a table.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>
#include <heed/core/base/dim.hpp>

namespace heed {

// A bit for each row of the table: to add a row again, to join two sets and to walk in order cost little, and the
// memory does not grow with the ids.
class RowSet {
public:
    explicit RowSet(Dim rows) : rows_(rows), words_(static_cast<std::size_t>((rows + 63) / 64)) {}
    Dim rows() const { return rows_; }  // of the table
    bool holds(Dim row) const { return words_[word_of(row)] >> bit_of(row) & 1; }
    void add(Dim row) { words_[word_of(row)] |= std::uint64_t{1} << bit_of(row); }
    void add(const RowSet& other) { add(other.words()); }
    void add(std::span<const std::uint64_t> words) {  // those of a set of as many rows
        for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= words[i];
    }
    void clear() { std::fill(words_.begin(), words_.end(), 0); }
    std::span<const std::uint64_t> words() const { return words_; }

    // Calls each(begin, end) for the stretches of neighbours in the set, in order, as far as they lie in [first, last).
    template <class Each>
    void stretches(Dim first, Dim last, Each each) const {
        for (Dim begin = next<true>(first, last); begin < last;) {
            const Dim end = next<false>(begin, last);
            each(begin, end);
            begin = next<true>(end, last);
        }
    }
    // The same for elements [first, last) of the table, whose rows have `width`.
    template <class Each>
    void elements(Dim width, Dim first, Dim last, Each each) const {
        if (first >= last) return;
        stretches(first / width, (last - 1) / width + 1,
                  [&](Dim begin, Dim end) { each(std::max(first, begin * width), std::min(last, end * width)); });
    }

private:
    static std::size_t word_of(Dim row) { return static_cast<std::size_t>(row) / 64; }
    static int bit_of(Dim row) { return static_cast<int>(row % 64); }
    template <bool held>  // the first row from `from` on that is in the set, or that is not
    Dim next(Dim from, Dim last) const {
        for (; from < last; from = (from / 64 + 1) * 64) {
            const std::uint64_t word = words_[word_of(from)], left = (held ? word : ~word) >> bit_of(from);
            if (left != 0) return std::min(last, from + std::countr_zero(left));
        }
        return last;
    }

    Dim rows_;
    std::vector<std::uint64_t> words_;
};

}  // namespace heed
