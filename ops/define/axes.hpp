#pragma once
// The axes of a reduction: none named means all of them. `sum(x)`, `sum(x, -1)`, `sum(x, {0, 2}, keep_axis)`.
#include <concepts>
#include <heed/core/base/error.hpp>
#include <heed/core/real.hpp>

namespace heed {

enum Keep { drop_axis, keep_axis };  // does a reduced axis stay, with size one?

struct Axes {
    Axes() = default;
    template <std::integral I>
    Axes(I axis) : list{static_cast<Dim>(axis)} {}
    Axes(std::initializer_list<Dim> axes) : list(axes) {}
    Shape list;  // empty: all axes
};

// `axis` of a value of this rank, counted from the front; RangeError "op: axis 3 of shape (2, 2)..." if there is none.
HEED_ABI std::size_t find_axis(const char* op, Dim axis, const Shape& shape, Site caller, Site check = Site::current());

// Which axes are named, by position; RangeError for one that does not exist or is named twice.
struct AxisSet {
    bool has[Shape::max_rank] = {};
    bool operator[](std::size_t i) const { return has[i]; }
};
HEED_ABI AxisSet find_axes(const char* op, const Axes& axes, const Shape& shape, Site caller,
                           Site check = Site::current());

// The shape left by reducing `axes` of `shape`.
HEED_ABI Shape reduced_shape(const Shape& shape, const AxisSet& axes, Keep keep);

struct OperandNames {
    const char *a = "a", *b = "b";
};
// NumPy's broadcasting of two shapes; ShapeError naming op and b if they do not fit, RangeError if no array can have
// the result.
HEED_ABI Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b, Site caller,
                                Site check = Site::current(), OperandNames names = {});

}  // namespace heed
