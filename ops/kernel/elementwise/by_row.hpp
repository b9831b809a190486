#pragma once
// The positions of ids that name the same row, together.
// Private to heed; not installed.
#include <algorithm>
#include <utility>
#include <heed/core/base/storage.hpp>
#include <heed/core/real.hpp>

namespace heed::kernel {

// The positions of n ids of m rows, those of each row together and in their order: those of row r end before ends[r].
// Empty if no row has more than `few` of them.
struct HEED_ABI ByRow {
    Storage<Dim> order, ends;
    ByRow(const std::int64_t* ids, Dim n, Dim m, Dim few) {
        if (n <= few) return;
        ends = Storage<Dim>(static_cast<std::size_t>(m), 0);
        Dim *const end = ends.data(), most = 0, total = 0;
        for (Dim i = 0; i < n; ++i) most = std::max(most, ++end[ids[i]]);
        if (most <= few) return;
        for (Dim r = 0; r < m; ++r) total += std::exchange(end[r], total);
        order = Storage<Dim>(static_cast<std::size_t>(n));
        Dim* const sorted = order.data();
        for (Dim i = 0; i < n; ++i) sorted[end[ids[i]]++] = i;
    }
};

// add_rows() of permute.hpp where the order of the ids is known: `by` is ByRow(ids, n, m, longest_chain).
void add_rows(const Real* x, const std::int64_t* ids, Dim n, Dim width, Real* rows, Dim m, const ByRow& by);

}  // namespace heed::kernel
