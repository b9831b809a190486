#pragma once
// Rows by segment: their checks, and the largest of each, for the ops on segments.
// Private to heed; not installed.
#include <algorithm>
#include <limits>
#include <heed/core/base/parallel.hpp>
#include <heed/core/sum_tree.hpp>
#include <heed/ops/index/index_check.hpp>
#include <heed/ops/kernel/elementwise/permute.hpp>
#include <heed/ops/shape/slices.hpp>

namespace heed {

// Checks x (n, d...) by ids (n) of `count` segments; the shape (count, d...) of one row a segment.
inline Shape shape_of_segments(const char* op, const In& x, const Ints& ids, Dim count, Site check = Site::current()) {
    expect(x.rank() >= 1, op, "x", x.shape(), "at least one axis", x.at, check);
    require(
        count >= 0, op, [&] { return fmt::format("count is {}; expected count >= 0", count); }, x.at, check);
    expect(
        ids.dimension() == 1 && ids.shape()[0] == x.dim(0), op, "ids", ids.shape(),
        [&] { return fmt::format("({}) because 'x' is {}", x.dim(0), to_string(x.shape())); }, x.at, check);
    require_ids(
        op, ids, count, [&] { return fmt::format("'count' is {}", count); }, x.at, check);
    Shape shape = x.shape();
    shape[0] = count;
    require_sizes(op, shape, x.at, check);
    return shape;
}

// x (n, width) by ids (n) of `count` segments.
struct SegmentRows {
    const std::int64_t* ids;
    Dim n, width, count;

    SegmentRows(const Ints& ids, const Shape& x, Dim count)
        : ids(ids.storage().data()), n(x[0]), width(Slices(x, 0).inner), count(count) {}

    // (count, width): the largest element in each segment, a NaN where there is one, -inf where there are no rows.
    Array largest(const Array& x) const {
        const auto add = [this, from = x.storage().data()](Dim first, Dim last, Real* most) {
            for (Dim i = first; i < last; ++i) greater(from + i * width, most + ids[i] * width, width);
        };
        return merged(-std::numeric_limits<Real>::infinity(), add, [this](Dim parts, const Real* of_parts, Real* most) {
            for (Dim k = 0; k < parts; ++k) greater(of_parts + k * count * width, most, count * width);
        });
    }

private:
    static constexpr Dim block = 8192;  // elements that are worth a thread

    static void greater(const Real* x, Real* most, Dim n) {
        for (Dim j = 0; j < n; ++j) most[j] = x[j] > most[j] || x[j] != x[j] ? x[j] : most[j];
    }

    // Rows may share a segment, so threads share the rows where these are many times the segments: each part has its
    // own results, which begin as `start`, and all parts are merged.
    template <class Add, class Merge>
    Array merged(Real start, const Add& add, const Merge& merge) const {
        const Dim size = count * width, rows = std::max(4 * count, std::max<Dim>(1, block / std::max<Dim>(1, width)));
        const Dim parts = (n + rows - 1) / rows;
        Array y = filled({count, width}, start);
        if (parts <= 1) {
            add(Dim{0}, n, y.data());
            return y;
        }
        Array all = filled({parts, size}, start);
        parallel_blocks(n, rows,
                        [&, to = all.data()](Dim first, Dim last) { add(first, last, to + first / rows * size); });
        merge(parts, all.storage().data(), y.data());
        return y;
    }
};

}  // namespace heed
