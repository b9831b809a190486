#pragma once
// Rows and elements of an array at indices along one axis: how they are read, and how others are added to them.
// Private to heed; not installed.
#include <algorithm>
#include <utility>
#include <heed/core/array.hpp>
#include <heed/core/base/parallel.hpp>
#include <heed/core/sum_tree.hpp>
#include <heed/ops/kernel/elementwise/by_row.hpp>
#include <heed/ops/kernel/elementwise/permute.hpp>
#include <heed/ops/shape/slices.hpp>

namespace heed {

// each(o) for every index of the outer axes, which threads share; a slice has `elements` elements to be read.
template <class Each>
void over_slices(const Slices& axis, Dim elements, Each each) {
    parallel_blocks(axis.outer, std::max<Dim>(1, 16384 / std::max<Dim>(1, elements)), [&](Dim begin, Dim end) {
        for (Dim o = begin; o < end; ++o) each(o);
    });
}

// y (outer, m, inner) = the rows of x at ids (m)
inline void read_rows(const Real* x, const Slices& axis, const Ints& ids, Real* y) {
    const Dim m = count(ids);
    over_slices(axis, m * axis.inner, [&, id = ids.storage().data()](Dim o) {
        kernel::take_rows(x + o * axis.n * axis.inner, id, m, axis.inner, y + o * m * axis.inner);
    });
}

// The rows of x at ids (m) += y (outer, m, inner)
inline void add_to_rows(Real* x, const Slices& axis, const Ints& ids, const Real* y) {
    const std::int64_t* const id = ids.storage().data();
    const Dim m = count(ids);
    const kernel::ByRow by(id, m, axis.n, longest_chain);
    over_slices(axis, m * axis.inner, [&](Dim o) {
        kernel::add_rows(y + o * m * axis.inner, id, m, axis.inner, x + o * axis.n * axis.inner, axis.n, by);
    });
}

// each(index in the array of `axis`, index among the ids) for element (o, i, k) beside (o, ids_oik, k). Threads share
// the slices; those of one element are called in the order of the ids.
template <class Each>
void elements_at(const Slices& axis, const Ints& ids, Each each) {
    const std::int64_t* const id = ids.storage().data();
    const Dim slice = count(ids) / std::max<Dim>(1, axis.outer);
    over_slices(axis, slice, [=](Dim o) {
        const Dim first = o * axis.n * axis.inner, begin = o * slice, end = begin + slice;
        if (axis.inner == 1)
            for (Dim j = begin; j < end; ++j) each(first + id[j], j);
        else
            for (Dim j = begin; j < end;)
                for (Dim k = 0; k < axis.inner; ++k, ++j) each(first + id[j] * axis.inner + k, j);
    });
}

inline Array read_elements(const Array& x, const Slices& axis, const Ints& ids) {
    Array y = Array::from_shape(ids.shape());
    const Real* from = x.storage().data();
    elements_at(axis, ids, [from, to = y.data()](Dim i, Dim j) { to[j] = from[i]; });
    return y;
}

inline void add_to_elements(Real* x, const Slices& axis, const Ints& ids, const Array& y) {
    const std::int64_t* const id = ids.storage().data();
    const Real* from = y.storage().data();
    const Dim n = count(ids), elements = axis.outer * axis.n * axis.inner;
    if (n <= longest_chain * axis.outer * axis.inner)
        return elements_at(axis, ids, [=](Dim i, Dim j) { x[i] += from[j]; });
    if (axis.inner == 1) {  // as rows of one element, slice by slice
        const Dim m = n / axis.outer;
        return over_slices(axis, m,
                           [=](Dim o) { kernel::add_rows(from + o * m, id + o * m, m, 1, x + o * axis.n, axis.n); });
    }
    Storage<std::int64_t> indices(static_cast<std::size_t>(n));
    elements_at(axis, ids, [to = indices.data()](Dim i, Dim j) { to[j] = i; });
    kernel::add_rows(from, std::as_const(indices).data(), n, 1, x, elements);
}

}  // namespace heed
