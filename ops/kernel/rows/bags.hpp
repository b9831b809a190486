#pragma once
// Weighted sums of rows of a table, taken by id: embedding bags.
#include <heed/core/real.hpp>

namespace heed::kernel {

// Position i holds weights[i] times row ids[i] of a table (rows, width), or nothing where that id is `padding`. Bag b
// has the positions before ends[b] that no earlier bag has.
struct HEED_ABI Bags {
    const std::int64_t *ids, *ends;
    const Real* weights;
    Dim positions, bags, rows, width;
    std::int64_t padding;  // -1: none
};

// The bag of each position, (positions), by where `count` bags end.
inline void bags_of_positions(const std::int64_t* ends, Dim count, std::int64_t* bags) {
    for (Dim bag = 0, i = 0; bag < count; ++bag)
        for (; i < ends[bag]; ++i) bags[i] = bag;
}

// y (bags, width) = the sum of each bag, in the order of its positions; by a tree if it is long. Threads share the
// bags.
void bag_sums(const Bags& b, const Real* table, Real* y);

// dtable (rows, width) += what each row gets, in the order of positions and by a tree if it is much; dweights
// (positions) is overwritten. Either may be null; table is read for dweights alone. Threads share the rows.
void bag_sums_backward(const Bags& b, const Real* table, const Real* dy, Real* dtable, Real* dweights);

}  // namespace heed::kernel
