#pragma once
// Arrays from the memory of others, which is copied, and back.
#include <ranges>
#include <vector>
#include <heed/core/var.hpp>

namespace heed {

// The elements of a pointer, row by row: shape.count() of them, of any arithmetic type. Throws RangeError for a shape
// that no array can have.
template <class T = Real, Scalar S>
ArrayOf<T> array_from(const S* from, const Shape& shape, Site at = Site::current()) {
    require_sizes("array_from", shape, at);
    ArrayOf<T> y = ArrayOf<T>::from_shape(shape);
    std::transform(from, from + shape.count(), y.data(), [](S x) { return static_cast<T>(x); });
    return y;
}

// A std::vector, std::array or std::span of numbers.
template <class R>
concept ScalarRange =
    std::ranges::contiguous_range<R> && std::ranges::sized_range<R> && Scalar<std::ranges::range_value_t<R>>;

// Its elements, in one axis or row by row. Throws ShapeError where `shape` has another number of elements.
template <class T = Real, ScalarRange R>
ArrayOf<T> array_from(const R& from, const Shape& shape, Site at = Site::current()) {
    const Dim n = static_cast<Dim>(std::ranges::size(from));
    require_sizes("array_from", shape, at);
    expect(
        n == shape.count(), "array_from", "from", Shape{n},
        [&] { return std::to_string(shape.count()) + " elements, for shape " + to_string(shape); }, at);
    return array_from<T>(std::ranges::data(from), shape, at);
}
template <class T = Real, ScalarRange R>
ArrayOf<T> array_from(const R& from, Site at = Site::current()) {
    return array_from<T>(from, Shape{static_cast<Dim>(std::ranges::size(from))}, at);
}

// A matrix or vector of Eigen, in whichever order it lies: (rows, columns), or (n) of a vector.
template <class Matrix>
concept EigenMatrix = requires(const Matrix& m) {
    { m.rows() } -> std::convertible_to<Dim>;
    { m.cols() } -> std::convertible_to<Dim>;
    m(0, 0);
    Matrix::IsVectorAtCompileTime;
};
template <class T = Real, EigenMatrix Matrix>
ArrayOf<T> array_from(const Matrix& m) {
    const Dim rows = m.rows(), columns = m.cols();
    ArrayOf<T> y = ArrayOf<T>::from_shape(Matrix::IsVectorAtCompileTime ? Shape{rows * columns} : Shape{rows, columns});
    T* to = y.data();
    for (Dim i = 0; i < rows; ++i)
        for (Dim j = 0; j < columns; ++j) *to++ = static_cast<T>(m(i, j));
    return y;
}

// As array_from, of integers: indices and labels.
template <Scalar S>
Ints ints_from(const S* from, const Shape& shape, Site at = Site::current()) {
    return array_from<std::int64_t>(from, shape, at);
}
template <ScalarRange R>
Ints ints_from(const R& from, const Shape& shape, Site at = Site::current()) {
    return array_from<std::int64_t>(from, shape, at);
}
template <ScalarRange R>
Ints ints_from(const R& from, Site at = Site::current()) {
    return array_from<std::int64_t>(from, at);
}
template <EigenMatrix Matrix>
Ints ints_from(const Matrix& m) {
    return array_from<std::int64_t>(m);
}

// The elements, row by row.
template <class T>
std::vector<T> to_vector(const ArrayOf<T>& x) {
    return {x.storage().begin(), x.storage().end()};
}
inline std::vector<Real> to_vector(const Var& x) { return to_vector(x.value()); }

}  // namespace heed
