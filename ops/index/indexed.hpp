#pragma once
// Rows and elements of an array at indices along one axis: how they are read, and how others are added to them.
// Private to heed; not installed.
#include <algorithm>
#include <utility>
#include <heed/core/array.hpp>
#include <heed/core/sum_tree.hpp>
#include <heed/ops/kernel/elementwise/permute.hpp>
#include <heed/ops/shape/slices.hpp>

namespace heed {

// y (outer, m, inner) = the rows of x at ids (m)
inline void read_rows(const Real* x, const Slices& axis, const Ints& ids, Real* y) {
    for (Dim o = 0, m = count(ids); o < axis.outer; ++o)
        kernel::take_rows(x + o * axis.n * axis.inner, ids.storage().data(), m, axis.inner, y + o * m * axis.inner);
}

// The rows of x at ids (m) += y (outer, m, inner)
inline void add_to_rows(Real* x, const Slices& axis, const Ints& ids, const Real* y) {
    for (Dim o = 0, m = count(ids); o < axis.outer; ++o)
        kernel::add_rows(y + o * m * axis.inner, ids.storage().data(), m, axis.inner, x + o * axis.n * axis.inner,
                         axis.n);
}

// each(index in the array of `axis`, index among the ids) for element (o, i, k) beside (o, ids_oik, k), in the order of
// the ids.
template <class Each>
void elements_at(const Slices& axis, const Ints& ids, Each each) {
    const std::int64_t* id = ids.storage().data();
    const Dim run = std::max<Dim>(1, axis.outer * axis.inner), m = count(ids) / run;
    for (Dim o = 0, j = 0; o < axis.outer; ++o) {
        if (axis.inner == 1)  // the last axis: one loop
            for (const Dim first = o * axis.n, end = j + m; j < end; ++j) each(first + id[j], j);
        else
            for (Dim i = 0; i < m; ++i)
                for (Dim k = 0; k < axis.inner; ++k, ++j) each((o * axis.n + id[j]) * axis.inner + k, j);
    }
}

inline Array read_elements(const Array& x, const Slices& axis, const Ints& ids) {
    Array y = Array::from_shape(ids.shape());
    const Real* from = x.storage().data();
    elements_at(axis, ids, [&, to = y.data()](Dim i, Dim j) { to[j] = from[i]; });
    return y;
}

inline void add_to_elements(Real* x, const Slices& axis, const Ints& ids, const Array& y) {
    const Real* from = y.storage().data();
    const Dim n = count(ids), elements = axis.outer * axis.n * axis.inner;
    if (n <= longest_chain * axis.outer * axis.inner)
        return elements_at(axis, ids, [=](Dim i, Dim j) { x[i] += from[j]; });
    Storage<std::int64_t> indices(static_cast<std::size_t>(n));  // as rows of one element
    elements_at(axis, ids, [to = indices.data()](Dim i, Dim j) { to[j] = i; });
    kernel::add_rows(from, std::as_const(indices).data(), n, 1, x, elements);
}

}  // namespace heed
