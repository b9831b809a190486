#pragma once
// Views: where the elements of one array lie in the memory of another. Slices, permutations, stacks and paddings are
// copies through one.
#include <heed/core/var.hpp>

namespace heed {

// Element i of the view is element offset + sum_k i_k strides[k] of the array that it reads.
struct View {
    Shape shape, strides;
    Dim offset = 0;

    static View of(const Shape& shape) {  // all of an array, in order
        View v{shape, Shape(shape.size())};
        Dim step = 1;
        for (std::size_t i = shape.size(); i-- > 0; step *= shape[i]) v.strides[i] = step;
        return v;
    }
    // Elements begin, begin + step, ... of one axis: `size` of them.
    View part(std::size_t axis, Dim begin, Dim size, Dim step = 1) const {
        View v = *this;
        v.offset += begin * strides[axis];
        v.shape[axis] = size;
        v.strides[axis] *= step;
        return v;
    }
    View without(std::size_t axis) const {
        View v = *this;
        std::copy(shape.begin() + axis + 1, shape.end(), v.shape.begin() + axis);
        std::copy(strides.begin() + axis + 1, strides.end(), v.strides.begin() + axis);
        v.shape.resize(shape.size() - 1);
        v.strides.resize(shape.size() - 1);
        return v;
    }
    bool contiguous() const {  // are the elements one run of memory, in order?
        Dim step = 1;
        for (std::size_t i = shape.size(); i-- > 0; step *= shape[i])
            if (shape[i] != 1 && strides[i] != step) return false;
        return true;
    }
};

// The position of a new axis in a value of this shape: -rank - 1 <= axis <= rank; RangeError otherwise.
inline std::size_t find_new_axis(const char* op, Dim axis, const Shape& shape, Site caller,
                                 Site check = Site::current()) {
    const Dim rank = shape.rank(), i = axis < 0 ? axis + rank + 1 : axis;
    require(
        0 <= i && i <= rank && shape.size() < Shape::max_rank, op,
        [&] {
            return "a new axis at " + std::to_string(axis) + " of a value of shape " + to_string(shape) +
                   "; expected " + std::to_string(-rank - 1) + " <= axis <= " + std::to_string(rank) +
                   ", and at most " + std::to_string(Shape::max_rank) + " axes";
        },
        caller, check);
    return static_cast<std::size_t>(i);
}

inline Shape with_axis(Shape shape, std::size_t position, Dim size) {
    shape.push_back(size);
    std::rotate(shape.begin() + position, shape.end() - 1, shape.end());
    return shape;
}

Array read_view(const Array& x, const View& view);  // its elements, sharing x's memory where they are contiguous
void write_view(Real* y, const View& view,
                const Array& x);  // its elements of y become those of x; they must be distinct
void add_to_view(Real* y, const View& view,
                 const Array& x);  // its elements of y grow by those of x; they must be distinct

// Records an op whose result are the elements of x in a view; they must be distinct.
Var read_part(const char* op, const In& x, const View& view);
// The other way round: zeros of this shape, but for x in the view.
Var write_part(const char* op, const In& x, const View& view, const Shape& shape);
// All elements in another order; the view `back` of the result has x's order.
Var reordered(const char* op, const In& x, const View& view, const View& back);

}  // namespace heed
