// Reductions: their operand as slices, and results given back to slices.
#include <heed/ops/define/reduction.hpp>

namespace heed {

Reduction::Reduction(const char* op, const In& x, const Axes& axes, Keep keep, Where where, Site check) {
    const Shape& shape = x.shape();
    const AxisSet reduced = find_axes(op, axes, shape, x.at, check);
    result = reduced_shape(shape, reduced, keep);
    view = View::of(shape);
    bool begun = false, ended = false;  // the first run of reduced axes
    for (std::size_t i = 0; i < shape.size(); ++i) {
        (reduced[i] ? n : begun ? inner : outer) *= shape[i];
        if (shape[i] == 1) continue;
        ended = ended || (begun && !reduced[i]);
        begun = begun || reduced[i];
        permuted = permuted || (ended && (reduced[i] || where == at_the_end));
    }
    if (!permuted) return;
    outer *= inner;
    inner = 1;
    const View own = view;
    std::size_t to = 0;
    for (const bool wanted : {false, true}) {
        for (std::size_t i = 0; i < shape.size(); ++i) {
            if (reduced[i] != wanted) continue;
            view.shape[to] = own.shape[i];
            view.strides[to++] = own.strides[i];
        }
    }
}

Var spread_along(In s, const Axes& axes, const Shape& shape) {
    return expand(reshape(s, reduced_shape(shape, find_axes("expand", axes, shape, s.at), keep_axis)), shape);
}

SliceRows::SliceRows(const Axes& axes, const Shape& shape) {
    const AxisSet reduced = find_axes("reduce", axes, shape, Site{});
    back.list.resize(shape.size());
    for (const bool wanted : {false, true})
        for (std::size_t i = 0; i < shape.size(); ++i) {
            if (reduced[i] != wanted) continue;
            (wanted ? n : results) *= shape[i];
            back.list[i] = static_cast<Dim>(permuted.size());
            order.list.push_back(static_cast<Dim>(i));
            permuted.push_back(shape[i]);
        }
}

Array Reduction::undo(Array slices, const Shape& shape) const {
    if (!permuted) return slices;
    Array x = Array::from_shape(shape);
    write_view(x.data(), view, slices);
    return x;
}

void Reduction::expect_elements(const char* op, const In& x, Site check) const {
    const auto text = [&] {
        return "argument 'x' has shape " + to_string(x.shape()) + "; expected elements to reduce: nothing has no " + op;
    };
    require(n > 0, op, text, x.at, check);
}

Array Reduction::reduce(kernel::Reduce f, const Array& slices) const {
    Array y = Array::from_shape(result);
    kernel::reduce(f, slices.storage().data(), outer, n, inner, y.data());
    return y;
}

Array Reduction::means(const Array& slices) const {
    Array y = reduce(kernel::Reduce::sum, slices);
    Real* to = y.data();
    for (Dim i = 0; i < results(); ++i) to[i] /= static_cast<Real>(n);
    return y;
}

}  // namespace heed
