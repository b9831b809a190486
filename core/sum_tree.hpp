#pragma once
// Sums of many elements. A chain of additions, one after the other, loses digits in proportion to its length: in
// floats, ones are counted to 2^24 and no further. So chains are short, and their sums are added by a binary tree,
// which loses them in proportion to its height.
#include <algorithm>
#include <heed/core/real.hpp>

// After the parameters of a lambda whose calls must cost nothing.
#define HEED_INLINED __attribute__((always_inline))

namespace heed {

constexpr Dim longest_chain =
    32;  // of additions: equal floats, whatever they are, come out with a relative error below 7e-7

// sum += x; the result is what rounding took from the sum, 0 where it is not finite (Knuth's two-sum).
inline Real add_keeping(Real& sum, Real x) {
    const Real before = sum;
    sum += x;
    const Real added = sum - before, lost = (before - (sum - added)) + (x - added);
    return lost == lost ? lost : 0;
}

// The number of elements on the left side of a tree of n elements, in blocks of `most` < n: a power of two of blocks.
[[gnu::always_inline]] inline Dim left_of_tree(Dim n, Dim most) {
    Dim left = most;
    while (2 * left < n) left *= 2;
    return left;
}

namespace detail {

// `block` by value: the compiler then knows that the sums are not written to what it holds.
template <class Block>
[[gnu::noinline]] auto sum_branch(Dim begin, Dim n, Dim most, Block block) {
    if (n <= most) return block(begin, n);
    const Dim left = left_of_tree(n, most);
    auto sum = sum_branch(begin, left, most, block);
    sum += sum_branch(begin + left, n - left, most, block);
    return sum;
}

}  // namespace detail

// The sum of n elements, where block(begin, count) is that of at most `most`. Blocks begin at multiples of `most`, and
// the tree is one over their indices: so the order of the additions depends on n alone.
template <class Block>
[[gnu::always_inline]] inline auto sum_tree(Dim n, Dim most, const Block& block) {
    if (n <= most) return block(Dim{0}, n);
    return detail::sum_branch(Dim{0}, n, most, block);
}

// y (width) += the sum of n rows, where add(begin, rows, first, columns, to) adds columns first .. first + columns of
// `rows` rows from `begin` on to `to`, one row after the other.
template <class Add>
void add_chains(Dim n, Dim width, const Add& add, Real* y) {
    constexpr Dim most = 1024;  // columns at once
    struct Columns {
        Dim count;
        Real sums[most];
        void operator+=(const Columns& other) {
            for (Dim j = 0; j < count; ++j) sums[j] += other.sums[j];
        }
    };
    if (n <= longest_chain) return add(Dim{0}, n, Dim{0}, width, y);
    for (Dim first = 0; first < width; first += most) {
        const Dim count = std::min(most, width - first);
        const auto chain = [=](Dim begin, Dim rows) {
            Columns c;
            c.count = count;
            std::fill_n(c.sums, count, Real(0));
            add(begin, rows, first, count, c.sums);
            return c;
        };
        const Columns all = sum_tree(n, longest_chain, chain);
        for (Dim j = 0; j < count; ++j) y[first + j] += all.sums[j];
    }
}

// The same, where add(i, first, columns, to) adds row i.
template <class Add>
void add_many(Dim n, Dim width, const Add& add, Real* y) {
    add_chains(
        n, width,
        [=](Dim begin, Dim rows, Dim first, Dim columns, Real* to) {
            for (Dim i = begin; i < begin + rows; ++i) add(i, first, columns, to);
        },
        y);
}

}  // namespace heed
