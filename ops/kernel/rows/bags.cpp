// Weighted sums of rows, shared out to threads.
#include <algorithm>
#include <heed/core/base/parallel.hpp>
#include <heed/core/sum_tree.hpp>
#include <heed/ops/kernel/elementwise/by_row.hpp>
#include <heed/ops/kernel/rows/bags_table.hpp>

namespace heed::kernel {
namespace {

constexpr Dim block = 16384;  // elements that are worth a thread

// y (width) += the rows.
void add_rows(const WeightedRows& rows, Real* y) {
    const BagsFamily& isa = table<BagsFamily>();
    add_chains(
        rows.count, rows.width,
        [&](Dim begin, Dim count, Dim first, Dim columns, Real* to) {
            isa.add({rows.from, rows.ids + begin, rows.weights + begin, count, rows.width, rows.padding}, first,
                    columns, to);
        },
        y);
}

// Positions in the order of their rows: of each one its bag and its weight.
struct SortedPositions {
    ByRow by;
    Storage<std::int64_t> bags;
    Storage<Real> weights;

    explicit SortedPositions(const Bags& b)
        : by(b.ids, b.positions, b.rows, 0), bags(static_cast<std::size_t>(b.positions)),
          weights(static_cast<std::size_t>(b.positions)) {
        Storage<std::int64_t> bag_of(static_cast<std::size_t>(b.positions));
        bags_of_positions(b.ends, b.bags, bag_of.data());
        for (Dim k = 0; k < b.positions; ++k) {
            const Dim i = std::as_const(by.order).data()[k];
            bags.data()[k] = bag_of.data()[i];
            weights.data()[k] = b.weights[i];
        }
    }
};

}  // namespace

void bag_sums(const Bags& b, const Real* table, Real* y) {
    const Dim elements = std::max(Dim{1}, b.positions * b.width);
    parallel_blocks(b.bags, std::max(Dim{1}, block * b.bags / elements), [&](Dim first, Dim last) {
        for (Dim bag = first, begin = bag == 0 ? 0 : b.ends[bag - 1]; bag < last; begin = b.ends[bag++]) {
            std::fill_n(y + bag * b.width, b.width, Real(0));
            add_rows({table, b.ids + begin, b.weights + begin, b.ends[bag] - begin, b.width, b.padding},
                     y + bag * b.width);
        }
    });
}

void bag_sums_backward(const Bags& b, const Real* table, const Real* dy, Real* dtable, Real* dweights) {
    if (b.positions == 0) return;
    const SortedPositions sorted(b);
    const Dim *const order = sorted.by.order.data(), *const ends = sorted.by.ends.data();
    const std::int64_t* const bags = sorted.bags.data();
    const Real* const weights = sorted.weights.data();
    const BagsFamily& isa = kernel::table<BagsFamily>();
    const auto of_row = [&](std::int64_t row, Dim begin, Dim end) {
        if (dtable && row != b.padding)
            add_rows({dy, bags + begin, weights + begin, end - begin, b.width, -1}, dtable + row * b.width);
        if (dweights)
            for (Dim k = begin; k < end; ++k)
                dweights[order[k]] =
                    row == b.padding ? 0 : isa.dot(table + row * b.width, dy + bags[k] * b.width, b.width);
    };
    const auto row_from = [&](Dim k) { return k == 0 ? 0 : ends[b.ids[order[k - 1]]]; };  // begins at or behind k
    parallel_blocks(b.positions, std::max(Dim{1}, block / std::max(Dim{1}, b.width)), [&](Dim first, Dim last) {
        for (Dim k = row_from(first), end = row_from(last); k < end;) {
            const std::int64_t row = b.ids[order[k]];
            of_row(row, k, ends[row]);
            k = ends[row];
        }
    });
}

}  // namespace heed::kernel
