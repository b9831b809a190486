#pragma once
// Long sums of products. A chain of n additions, one after the other, may be off by n roundings; chains of a bounded
// length, added in a binary tree, by that length and the logarithm of their number.
#include <heed/core/base/storage.hpp>
#include <heed/core/sum_tree.hpp>
#include <heed/ops/kernel/elementwise/pointwise.hpp>

namespace heed::kernel {

inline constexpr Dim terms_of_chain = 4096;
inline constexpr Dim blocks_of_chain =
    256;  // of sums that are chains themselves: few more roundings, and seldom a second chain

// Makes `size` sums of the terms begin .. end: sum(begin, end, to) those of a chain, which begins at a multiple of
// `terms`; they are added in a binary tree over the chains' indices. So their order depends on nothing but the terms,
// and memory grows with the tree's height.
template <class Sum>
void sum_in_chains(Dim begin, Dim end, Dim terms, Dim size, Real* to, const Sum& sum) {
    if (end - begin <= terms) return sum(begin, end, to);
    const Dim left = left_of_tree(end - begin, terms);
    sum_in_chains(begin, begin + left, terms, size, to, sum);
    Storage<Real> right(static_cast<std::size_t>(size));
    sum_in_chains(begin + left, end, terms, size, right.data(), sum);
    add_to(size, right.data(), to);
}

}  // namespace heed::kernel
