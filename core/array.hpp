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

namespace heed {
template <class T>
class ArrayOf;
}  // namespace heed

namespace xt {
template <class X>
struct rebind_container<X, heed::Shape> {
    using type = heed::Shape;
};  // strides are Dims too

// What xtensor asks of a container of one's own.
template <class T>
struct xcontainer_inner_types<heed::ArrayOf<T>> {
    using storage_type = heed::Storage<T>;
    using reference = T&;
    using const_reference = const T&;
    using size_type = std::size_t;
    using shape_type = heed::Shape;
    using strides_type = heed::Shape;
    using backstrides_type = heed::Shape;
    using inner_shape_type = heed::Shape;
    using inner_strides_type = heed::Shape;
    using inner_backstrides_type = heed::Shape;
    using temporary_type = heed::ArrayOf<T>;
    static constexpr layout_type layout = layout_type::row_major;
};
template <class T>
struct xiterable_inner_types<heed::ArrayOf<T>> : xcontainer_iterable_types<heed::ArrayOf<T>> {};

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

template <class S>
concept Scalar = std::is_arithmetic_v<std::remove_cvref_t<S>>;

namespace detail {

// What stands between the braces of Array{{1, 2}, {3, 4}}: an element, or a list of what stands there.
template <class T>
struct Nested {
    template <Scalar S>
        requires(std::is_floating_point_v<T> || std::is_integral_v<S>)  // a fraction is no element of Ints
    Nested(S value) : element(static_cast<T>(value)) {}
    Nested(std::initializer_list<Nested> values) : list(values), is_list(true) {}

    void add_sizes(Shape& shape) const {  // as the first element of each list has them
        if (!is_list) return;
        shape.push_back(static_cast<Dim>(list.size()));
        if (list.size() > 0) list.begin()->add_sizes(shape);
    }
    bool write(const Shape& shape, std::size_t axis, T*& to) const {  // false if it has not the sizes from `axis` on
        if (is_list != (axis < shape.size())) return false;
        if (!is_list) return *to++ = element, true;
        return static_cast<Dim>(list.size()) == shape[axis] &&
               std::all_of(list.begin(), list.end(), [&](const Nested& x) { return x.write(shape, axis + 1, to); });
    }

    T element = {};
    std::initializer_list<Nested> list = {};
    bool is_list = false;
};

}  // namespace detail

// A row-major array without gaps, whose memory is shared until written to: an xtensor container.
// `Array::from_shape({2, 3})` makes one whose elements are not set; `Array{{1, 2}, {3, 4}}` has shape (2, 2), and
// `Array a({1, 3})` is a one-dimensional array of the values 1 and 3, as in xtensor.
template <class T>
class ArrayOf : public xt::xstrided_container<ArrayOf<T>>, public xt::xcontainer_semantic<ArrayOf<T>> {
    using container = xt::xstrided_container<ArrayOf>;
    using semantic = xt::xcontainer_semantic<ArrayOf>;

public:
    using self_type = ArrayOf;
    using storage_type = typename container::storage_type;
    using allocator_type = typename container::allocator_type;
    using value_type = typename container::value_type;
    using reference = typename container::reference;
    using const_reference = typename container::const_reference;
    using pointer = typename container::pointer;
    using const_pointer = typename container::const_pointer;
    using shape_type = typename container::shape_type;
    using inner_shape_type = typename container::inner_shape_type;
    using strides_type = typename container::strides_type;
    using backstrides_type = typename container::backstrides_type;
    using inner_strides_type = typename container::inner_strides_type;
    using inner_backstrides_type = typename container::inner_backstrides_type;
    using temporary_type = typename semantic::temporary_type;
    using expression_tag = xt::xtensor_expression_tag;
    static constexpr std::size_t rank = SIZE_MAX;

    ArrayOf() : storage_(1, T()) {}
    ArrayOf(const T& value) : storage_(1, value) {}  // of rank 0
    // Throws RangeError where lists on one level differ in length.
    ArrayOf(std::initializer_list<detail::Nested<T>> values, Site at = Site::current()) {
        const detail::Nested<T> all(values);
        Shape shape;
        all.add_sizes(shape);
        *this = from_shape(shape);
        T* to = storage_.data();
        require(
            all.write(shape, 0, to), "Array",
            [&] { return "lists of different lengths on one level; the first ones make " + to_string(shape); }, at);
    }
    explicit ArrayOf(const Shape& shape) { container::resize(shape, true); }
    ArrayOf(const Shape& shape, const T& value) : ArrayOf(shape) {
        std::fill_n(storage_.data(), storage_.size(), value);
    }
    template <class E>
    ArrayOf(const xt::xexpression<E>& expression) {
        if (expression.derived_cast().dimension() == 0) storage_.resize(1);  // xtensor takes it for resized already
        semantic::assign(expression);
    }
    template <class E>
    ArrayOf& operator=(const xt::xexpression<E>& expression) {
        return semantic::operator=(expression);
    }
    static ArrayOf from_shape(const Shape& shape) { return ArrayOf(shape); }

private:
    ArrayOf(Storage<T> storage, Shape&& shape, Shape&& strides)
        : container(std::move(shape), std::move(strides)), storage_(std::move(storage)) {}
    Storage<T>& storage_impl() noexcept { return storage_; }
    const Storage<T>& storage_impl() const noexcept { return storage_; }
    friend xt::xcontainer<ArrayOf>;
    template <class U>
    friend ArrayOf<U> array_over(Storage<U> storage, const Shape& shape);

    Storage<T> storage_;
};

template <class E>
struct IsArrayOf : std::false_type {};
template <class T>
struct IsArrayOf<ArrayOf<T>> : std::true_type {};

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
