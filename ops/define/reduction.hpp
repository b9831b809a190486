#pragma once
// How reductions read their operand, for the op files.
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/define/view.hpp>
#include <heed/ops/kernel/rows/rows.hpp>

namespace heed {

// s, one value for each slice of x along `axes`, given to every element of its slice: an op.
Var spread_along(In s, const Axes& axes, const Shape& shape);

// euclidean_norm.cpp: each slice of x along `axes` divided by its length, also where the length itself or its square is
// too large or too small for a Real; zeros stay zeros. An op.
Var unit_slices(In x, const Axes& axes);

// x as rows (results, n), each a slice of x along `axes`, and rows as x again: ops.
struct HEED_ABI SliceRows {
    SliceRows(const Axes& axes, const Shape& shape);
    Var rows_of(In x) const { return reshape(permute(x, order), {results, n}); }
    Var from_rows(In rows) const { return permute(reshape(rows, permuted), back); }

    Dim results = 1, n = 1;

private:
    Axes order, back;
    Shape permuted;
};

enum Where { anywhere, at_the_end };  // where may the reduced axes lie for the kernel to come?

// x as slices (outer, n, inner), each reduced over n. Reduced axes that are no neighbours are moved to the end first.
struct HEED_ABI Reduction {
    Dim outer = 1, n = 1, inner = 1;
    Shape result;
    View view;              // of x, when its axes are in order
    bool permuted = false;  // does that need a copy?

    Reduction(const char* op, const In& x, const Axes& axes, Keep keep, Where where = anywhere,
              Site check = Site::current());

    Dim results() const { return outer * inner; }
    Array slices(const Array& x) const { return permuted ? read_view(x, view) : x; }
    Array reduce(kernel::Reduce f, const Array& slices) const;  // in the shape of the result
    Array means(const Array& slices) const;
    Array fresh() const { return Array::from_shape(view.shape); }  // room for slices
    Array undo(Array slices, const Shape& shape) const;            // as x's shape; takes the array over

    // Throws RangeError unless a slice has an element: nothing has no mean.
    void expect_elements(const char* op, const In& x, Site check = Site::current()) const;
};

}  // namespace heed
