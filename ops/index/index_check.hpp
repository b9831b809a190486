#pragma once
// Checks of indices and of what they point into, for the ops that take indices.
// Private to heed; not installed.
#include <atomic>
#include <utility>
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/define/op.hpp>

namespace heed {

// Are all of m ids in 0 .. n - 1? Without a branch, so that several are looked at at once.
inline bool all_below(Dim n, const std::int64_t* ids, Dim m) {
    std::atomic<bool> all = true;
    parallel_blocks(m, Dim{1} << 16, [&](Dim begin, Dim end) {
        std::uint64_t outside = 0;  // its sign bit
        for (Dim i = begin; i < end; ++i) {
            const auto id = static_cast<std::uint64_t>(ids[i]);
            outside |= id | (static_cast<std::uint64_t>(n) - 1 - id);
        }
        if (outside >> 63) all = false;
    });
    return all;
}

// because() returns, as text, where the bound n comes from.
template <class Because>
void require_ids(const char* op, const Ints& ids, Dim n, Because because, Site caller, Site check = Site::current()) {
    const std::int64_t* id = ids.storage().data();
    const Dim m = count(ids);
    if (all_below(n, id, m)) return;
    for (Dim i = 0; i < m; ++i) {
        require(
            0 <= id[i] && id[i] < n, op,
            [&] {
                Shape at = ids.shape();
                for (Dim k = static_cast<Dim>(at.size()), rest = i; k-- > 0;) {
                    Dim& index = at[static_cast<std::size_t>(k)];
                    const Dim size = std::exchange(index, rest % index);
                    rest /= size;
                }
                return fmt::format("argument 'ids' holds {} at {}; expected 0 <= id < {} because {}", id[i],
                                   to_string(at), n, because());
            },
            caller, check);
    }
}

inline void require_ids_of_axis(const char* op, const In& x, const Ints& ids, std::size_t axis,
                                Site check = Site::current()) {
    require_ids(
        op, ids, x.shape()[axis],
        [&] { return fmt::format("'x' is {} and its axis {} is meant", to_string(x.shape()), axis); }, x.at, check);
}

// Checks ids, and where they point along an axis of x, for gather and its opposites.
inline std::size_t find_axis_of_ids(const char* op, const In& x, const Ints& ids, Dim axis,
                                    Site check = Site::current()) {
    const std::size_t position = find_axis(op, axis, x.shape(), x.at, check);
    Shape same = ids.shape();
    if (same.size() == x.shape().size()) same[position] = x.shape()[position];
    expect(
        same == x.shape(), op, "ids", ids.shape(),
        [&] { return fmt::format("the shape of 'x' {}, but for axis {}", to_string(x.shape()), position); }, x.at,
        check);
    require_ids_of_axis(op, x, ids, position, check);
    return position;
}

inline void expect_source(const char* op, const In& source, const Ints& ids, Site check = Site::current()) {
    expect(
        source.shape() == ids.shape(), op, "source", source.shape(),
        [&] { return to_string(ids.shape()) + ", the shape of 'ids'"; }, source.at, check);
}

}  // namespace heed
