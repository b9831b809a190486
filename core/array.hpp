#pragma once
// heed's array types, and the only part of xtensor that headers may include.
// The arithmetic headers (core/xt.hpp) stay in .cpp files. The types do not depend on compiler flags.
#if __has_include(<xtensor/containers/xarray.hpp>)
#include <xtensor/containers/xarray.hpp>
#else
#include <xtensor/xarray.hpp>
#endif
#include <heed/core/base/error.hpp>
#include <heed/core/base/storage.hpp>
#include <heed/core/real.hpp>

namespace xt {
template <class X>
struct rebind_container<X, heed::Shape> {
    using type = heed::Shape;
};  // strides are Dims too

#if defined(__GNUC__) && !defined(__clang__)
// In C++20 g++ takes xtensor's shape of any rank for an array of four sizes: before xtensor 0.27, xt::eval(a + b) had
// rank 4.
template <>
struct detail::xtype_for_shape<dynamic_shape<std::size_t>> : detail::xtype_for_shape<void> {};
template <>
struct detail::xtype_for_shape<dynamic_shape<std::ptrdiff_t>> : detail::xtype_for_shape<void> {
};  // transposed expressions
#endif
}  // namespace xt

namespace heed {

// xtensor calls this overload instead of its own function when an array gets a shape: its own multiplies the sizes
// without a check.
template <xt::layout_type>
std::size_t compute_strides(const Shape& shape, xt::layout_type, Shape& strides, Shape& backstrides) {
    require_sizes("Array", shape, Site{});
    Dim step = 1;
    for (std::size_t i = shape.size(); i-- > 0; step *= shape[i]) {
        strides[i] = shape[i] == 1 ? 0 : step;
        backstrides[i] = strides[i] * (shape[i] - 1);
    }
    return static_cast<std::size_t>(step);
}

template <class T>
using ArrayOf = xt::xarray_container<Storage<T>, xt::layout_type::row_major, Shape, xt::xtensor_expression_tag>;

// Row-major, contiguous, shared until written to. `Array::from_shape({2, 3})` makes one; `Array a({1, 3})` is a
// one-dimensional array of the values 1 and 3, as in xtensor.
using Array = ArrayOf<Real>;
using Ints = ArrayOf<std::int64_t>;  // indices and labels

// The elements of `storage` as an array of `shape`, which has as many.
template <class T>
ArrayOf<T> array_over(Storage<T> storage, const Shape& shape) {
    Shape strides(shape.size());
    Dim step = 1;
    for (std::size_t i = shape.size(); i-- > 0; step *= shape[i]) strides[i] = shape[i] == 1 ? 0 : step;
    return ArrayOf<T>(std::move(storage), Shape(shape), std::move(strides));
}

// An array of the same elements under another shape; the memory is shared.
template <class T>
ArrayOf<T> reshaped(const ArrayOf<T>& x, const Shape& shape) {
    return array_over(x.storage(), shape);
}

// Elements [offset, offset + shape.count()) of x in memory order, as an array of `shape`; the memory is shared.
template <class T>
ArrayOf<T> part_of(const ArrayOf<T>& x, Dim offset, const Shape& shape) {
    return array_over(x.storage().part(static_cast<std::size_t>(offset), static_cast<std::size_t>(shape.count())),
                      shape);
}

inline Array filled(const Shape& shape, Real value) {
    Array y = Array::from_shape(shape);
    std::fill_n(y.data(), shape.count(), value);
    return y;
}

template <class T>
Dim count(const ArrayOf<T>& x) {
    return static_cast<Dim>(x.storage().size());
}

}  // namespace heed
