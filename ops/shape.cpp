#include <fmt/format.h>
#include <heed/ops/elementwise.hpp>
#include <heed/ops/higher_order.hpp>
#include <heed/ops/view.hpp>

namespace heed {
namespace {

// The same elements in the same order: memory is shared, forward and backward.
Var same_elements(const char* op, const In& x, const Shape& shape) {
    return differentiable(
        record(op, {x}, reshaped(x.value(), shape), [dx = x.slot()](const Array& dy) { dx.add_grad(reshaped(dy, dx.shape())); }), {x},
        [](Vars v, const Var&, const Var& dy) { return Grads{reshape(dy, v[0].shape())}; });
}

// All elements in another order; the view `back` of the result has x's order.
Var reordered(const char* op, const In& x, const View& view, const View& back) {
    return differentiable(
        record(op, {x}, read_view(x.value(), view), [dx = x.slot(), back](const Array& dy) { dx.add_grad(read_view(dy, back)); }), {x},
        [op, view, back](Vars, const Var&, const Var& dy) { return Grads{reordered(op, dy, back, view)}; });
}

}  // namespace

// One size may be -1: what is left. Shares memory.
Var reshape(In x, Shape shape) {
    Dim known = 1, open = 0;
    for (Dim size : shape) {
        require(size >= -1, "reshape",
                [&] { return fmt::format("size {} in shape {}; expected sizes >= 0, or one -1", size, to_string(shape)); }, x.at);
        if (size == -1) ++open;
        else known = saturated_product(known, size);
    }
    require(open <= 1, "reshape",
            [&] { return fmt::format("shape {} holds -1 {} times; only one size can be found", to_string(shape), open); }, x.at);
    const bool fits = open ? known > 0 && x.size() % known == 0 : x.size() == known;
    expect(fits, "reshape", "x", x.shape(),
           [&] { return fmt::format("{}{} elements to fill {}", open ? "a multiple of " : "", known, to_string(shape)); }, x.at);
    if (open) std::replace(shape.begin(), shape.end(), Dim{-1}, x.size() / known);
    require_sizes("reshape", shape, x.at);  // of no elements it may be any
    return same_elements("reshape", x, shape);
}

Var squeeze(In x, Axes axes) {
    const bool all = axes.list.empty();
    const AxisSet named = find_axes("squeeze", axes, x.shape(), x.at);
    Shape left;
    for (std::size_t i = 0; i < x.shape().size(); ++i) {
        const Dim size = x.shape()[i];
        expect(all || !named[i] || size == 1, "squeeze", "x", x.shape(), [&] { return fmt::format("size 1 at axis {}", i); }, x.at);
        if (!named[i] || size != 1) left.push_back(size);
    }
    return same_elements("squeeze", x, left);
}

Var unsqueeze(In x, Dim axis) {
    const std::size_t place = find_new_axis("unsqueeze", axis, x.shape(), x.at);
    return same_elements("unsqueeze", x, with_axis(x.shape(), place, 1));
}

// NumPy's broadcasting of x to a shape of as many axes or more.
Var expand(In x, Shape shape) {
    const Shape& own = x.shape();
    bool fits = shape.size() >= own.size();
    for (std::size_t i = 1; fits && i <= own.size(); ++i) fits = own[own.size() - i] == 1 || own[own.size() - i] == shape[shape.size() - i];
    expect(fits, "expand", "x", own, [&] { return "a shape that broadcasts to " + to_string(shape); }, x.at);
    require_sizes("expand", shape, x.at);
    const View view{shape, broadcast_strides(x.value(), shape)};
    return differentiable(record("expand", {x}, read_view(x.value(), view), [dx = x.slot()](Array&& dy) { dx.add_grad(std::move(dy)); }), {x},
                          [](Vars, const Var&, const Var& dy) { return Grads{dy}; });
}

// Axis i of the result is axes[i] of x.
Var permute(In x, Axes axes) {
    const Shape& shape = x.shape();
    expect(axes.list.size() == shape.size(), "permute", "x", shape,
           [&] { return fmt::format("{} axes because axes are {}", axes.list.size(), to_string(axes.list)); }, x.at);
    find_axes("permute", axes, shape, x.at);
    const View whole = View::of(shape);
    View view{shape, shape};
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const std::size_t axis = find_axis("permute", axes.list[i], shape, x.at);
        view.shape[i] = shape[axis];
        view.strides[i] = whole.strides[axis];
    }
    const View result = View::of(view.shape);
    View back{shape, shape};
    for (std::size_t i = 0; i < shape.size(); ++i)
        back.strides[find_axis("permute", axes.list[i], shape, x.at)] = result.strides[i];
    return reordered("permute", x, view, back);
}

// Swaps the last two axes.
Var transpose(In x) {
    const Shape& shape = x.shape();
    expect(shape.size() >= 2, "transpose", "x", shape, "at least two axes", x.at);
    const auto swapped = [](View view) {
        std::swap(view.shape.back(), *(view.shape.end() - 2));
        std::swap(view.strides.back(), *(view.strides.end() - 2));
        return view;
    };
    const View view = swapped(View::of(shape));
    return reordered("transpose", x, view, swapped(View::of(view.shape)));
}

// Elements begin, begin + step, ... before end, with Python's rules: negative places count from the end, places beyond an end stop there.
Var slice(In x, Dim axis, Dim begin, Dim end, Dim step) {
    const std::size_t i = find_axis("slice", axis, x.shape(), x.at);
    require(step != 0, "slice", "step 0; expected a step that moves", x.at);
    const Dim n = x.shape()[i], low = step > 0 ? 0 : -1, high = step > 0 ? n : n - 1;
    begin = std::clamp(begin < 0 ? begin + n : begin, low, high);
    end = std::clamp(end < 0 ? end + n : end, low, high);
    const Dim span = step > 0 ? end - begin : begin - end;
    step = std::clamp(step, -std::max<Dim>(n, 1), std::max<Dim>(n, 1));  // a longer one leads out as well
    const Dim size = span > 0 ? (span - 1) / std::abs(step) + 1 : 0;
    return read_part("slice", x, View::of(x.shape()).part(i, size ? begin : 0, size, step));
}

// One slice, without its axis; a negative index counts from the end.
Var pick(In x, Dim axis, Dim index) {
    const std::size_t i = find_axis("pick", axis, x.shape(), x.at);
    const Dim n = x.shape()[i];
    require(-n <= index && index < n, "pick",
            [&] { return fmt::format("index {} of axis {} of shape {}; expected {} <= index < {}", index, axis, to_string(x.shape()), -n, n); },
            x.at);
    return read_part("pick", x, View::of(x.shape()).part(i, index < 0 ? index + n : index, 1).without(i));
}

Var flip(In x, Axes axes) {
    const AxisSet named = find_axes("flip", axes, x.shape(), x.at);
    View view = View::of(x.shape());
    if (x.size() > 0)
        for (std::size_t i = 0; i < view.shape.size(); ++i)
            if (named[i]) view = view.part(i, view.shape[i] - 1, view.shape[i], -1);
    return reordered("flip", x, view, view);
}

namespace {

// x with zeros above (keep_low) or below a diagonal of its last two axes.
Array triangle(const Array& x, bool keep_low, Dim diagonal) {
    const Dim rows = x.shape()[x.dimension() - 2], cols = x.shape()[x.dimension() - 1];
    diagonal = std::clamp(diagonal, -rows, cols);  // beyond there is nothing
    Array y = x;
    Real* row = y.data();
    for (Dim r = 0, n = cols ? count(x) / cols : 0; r < n; ++r, row += cols) {
        const Dim edge = r % rows + diagonal;  // the diagonal's column
        if (keep_low) std::fill(row + std::clamp<Dim>(edge + 1, 0, cols), row + cols, Real(0));
        else std::fill(row, row + std::clamp<Dim>(edge, 0, cols), Real(0));
    }
    return y;
}

Var triangle(const char* op, const In& x, bool keep_low, Dim diagonal) {
    expect(x.rank() >= 2, op, "x", x.shape(), "at least two axes", x.at);
    Var y = record(op, {x}, triangle(x.value(), keep_low, diagonal),
                   [dx = x.slot(), keep_low, diagonal](const Array& dy) { dx.add_grad(triangle(dy, keep_low, diagonal)); });
    return differentiable(std::move(y), {x}, [=](Vars, const Var&, const Var& dy) { return Grads{triangle(op, dy, keep_low, diagonal)}; });
}

}  // namespace

Var tril(In x, Dim diagonal) { return triangle("tril", x, true, diagonal); }
Var triu(In x, Dim diagonal) { return triangle("triu", x, false, diagonal); }

HEED_OP_CASES(
    {.name = "reshape/flat", .inputs = {{2, 6}}, .call = [](Vars in) { return reshape(in[0], {12}); }},
    {.name = "reshape/one size left open", .inputs = {{2, 6}}, .call = [](Vars in) { return reshape(in[0], {3, -1, 2}); },
     .same_as = [](Vars in) { return reshape(in[0], {3, 2, 2}); }},
    {.name = "reshape/to rank 0", .inputs = {{1, 1}}, .call = [](Vars in) { return reshape(in[0], {}); }},
    {.name = "reshape/empty", .inputs = {{0, 3}}, .call = [](Vars in) { return reshape(in[0], {3, 0}); }, .flat = true},
    {.name = "reshape/count differs", .inputs = {{2, 6}}, .call = [](Vars in) { return reshape(in[0], {5, 2}); }, .rejects = true},
    {.name = "reshape/no multiple", .inputs = {{2, 6}}, .call = [](Vars in) { return reshape(in[0], {5, -1}); }, .rejects = true},
    {.name = "reshape/two sizes left open", .inputs = {{2, 6}}, .call = [](Vars in) { return reshape(in[0], {-1, -1}); }, .rejects = true},
    {.name = "reshape/open beside zero", .inputs = {{0, 6}}, .call = [](Vars in) { return reshape(in[0], {0, -1}); }, .rejects = true},
    {.name = "reshape/negative size", .inputs = {{2, 6}}, .call = [](Vars in) { return reshape(in[0], {-2, -6}); }, .rejects = true},
    {.name = "squeeze/all", .inputs = {{1, 3, 1}}, .call = [](Vars in) { return squeeze(in[0]); },
     .same_as = [](Vars in) { return reshape(in[0], {3}); }},
    {.name = "squeeze/one, negative", .inputs = {{1, 3, 1}}, .call = [](Vars in) { return squeeze(in[0], -1); },
     .same_as = [](Vars in) { return reshape(in[0], {1, 3}); }},
    {.name = "squeeze/rank 0", .inputs = {{}}, .call = [](Vars in) { return squeeze(in[0]); }},
    {.name = "squeeze/larger axis", .inputs = {{1, 3, 1}}, .call = [](Vars in) { return squeeze(in[0], {0, 1}); }, .rejects = true},
    {.name = "squeeze/no such axis", .inputs = {{1, 3}}, .call = [](Vars in) { return squeeze(in[0], 2); }, .rejects = true},
    {.name = "unsqueeze/middle", .inputs = {{2, 3}}, .call = [](Vars in) { return unsqueeze(in[0], 1); },
     .same_as = [](Vars in) { return reshape(in[0], {2, 1, 3}); }},
    {.name = "unsqueeze/end", .inputs = {{2, 3}}, .call = [](Vars in) { return unsqueeze(in[0], -1); },
     .same_as = [](Vars in) { return reshape(in[0], {2, 3, 1}); }},
    {.name = "unsqueeze/rank 0", .inputs = {{}}, .call = [](Vars in) { return unsqueeze(in[0], 0); }},
    {.name = "unsqueeze/no such place", .inputs = {{2, 3}}, .call = [](Vars in) { return unsqueeze(in[0], 3); }, .rejects = true},
    {.name = "unsqueeze/rank 8", .inputs = {{1, 1, 1, 1, 1, 1, 1, 1}}, .call = [](Vars in) { return unsqueeze(in[0], 0); }, .rejects = true},
    {.name = "expand/new and stretched axes", .inputs = {{3, 1}}, .call = [](Vars in) { return expand(in[0], {2, 3, 4}); }},
    {.name = "expand/rank 0", .inputs = {{}}, .call = [](Vars in) { return expand(in[0], {2, 3}); }},
    {.name = "expand/as it is", .inputs = {{2, 3}}, .call = [](Vars in) { return expand(in[0], {2, 3}); }},
    {.name = "expand/sizes differ", .inputs = {{3, 2}}, .call = [](Vars in) { return expand(in[0], {3, 4}); }, .rejects = true},
    {.name = "expand/fewer axes", .inputs = {{3, 2}}, .call = [](Vars in) { return expand(in[0], {2}); }, .rejects = true},
    {.name = "expand/negative size", .inputs = {{3, 1}}, .call = [](Vars in) { return expand(in[0], {3, -1}); }, .rejects = true},
    {.name = "permute/heads", .inputs = {{2, 3, 2, 4}}, .call = [](Vars in) { return permute(in[0], {0, 2, 1, 3}); }},
    {.name = "permute/cycle, negative axes", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return permute(in[0], {-1, 0, 1}); },
     .same_as = [](Vars in) { return transpose(permute(in[0], {2, 1, 0})); }},
    {.name = "permute/size one", .inputs = {{1, 3, 4}}, .call = [](Vars in) { return permute(in[0], {1, 0, 2}); },
     .same_as = [](Vars in) { return reshape(in[0], {3, 1, 4}); }},
    {.name = "permute/rank 0", .inputs = {{}}, .call = [](Vars in) { return permute(in[0], {}); }},
    {.name = "permute/empty", .inputs = {{2, 0, 4}}, .call = [](Vars in) { return permute(in[0], {2, 1, 0}); }, .flat = true},
    {.name = "permute/axis missing", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return permute(in[0], {1, 0}); }, .rejects = true},
    {.name = "permute/axis twice", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return permute(in[0], {1, 0, 1}); }, .rejects = true},
    {.name = "transpose/matrix", .inputs = {{2, 3}}, .call = [](Vars in) { return transpose(in[0]); }},
    {.name = "transpose/more than a tile", .inputs = {{35, 40}}, .call = [](Vars in) { return transpose(in[0]); }},
    {.name = "transpose/batch", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return transpose(in[0]); },
     .same_as = [](Vars in) { return permute(in[0], {0, 2, 1}); }},
    {.name = "transpose/vector", .inputs = {{3}}, .call = [](Vars in) { return transpose(in[0]); }, .rejects = true},
    {.name = "slice/leading axis", .inputs = {{5, 3}}, .call = [](Vars in) { return slice(in[0], 0, 1, 3); }},
    {.name = "slice/last axis from the end", .inputs = {{2, 5}}, .call = [](Vars in) { return slice(in[0], -1, -3, -1); },
     .same_as = [](Vars in) { return slice(in[0], 1, 2, 4); }},
    {.name = "slice/step", .inputs = {{2, 7, 2}}, .call = [](Vars in) { return slice(in[0], 1, 1, 7, 3); }},
    {.name = "slice/backwards", .inputs = {{7, 2}}, .call = [](Vars in) { return slice(in[0], 0, -1, -8, -2); },
     .same_as = [](Vars in) { return flip(slice(in[0], 0, 0, 99, 2), 0); }},
    {.name = "slice/nothing", .inputs = {{4, 3}}, .call = [](Vars in) { return slice(in[0], 0, 3, 1); }, .flat = true},
    {.name = "slice/step 0", .inputs = {{4, 3}}, .call = [](Vars in) { return slice(in[0], 0, 0, 4, 0); }, .rejects = true},
    {.name = "slice/no such axis", .inputs = {{4, 3}}, .call = [](Vars in) { return slice(in[0], 2, 0, 1); }, .rejects = true},
    {.name = "pick/leading axis", .inputs = {{4, 3}}, .call = [](Vars in) { return pick(in[0], 0, 2); }},
    {.name = "pick/time", .inputs = {{2, 4, 3}}, .call = [](Vars in) { return pick(in[0], 1, -1); },
     .same_as = [](Vars in) { return squeeze(slice(in[0], 1, 3, 4), 1); }},
    {.name = "pick/to rank 0", .inputs = {{4}}, .call = [](Vars in) { return pick(in[0], 0, 1); }},
    {.name = "pick/index", .inputs = {{4, 3}}, .call = [](Vars in) { return pick(in[0], 0, 4); }, .rejects = true},
    {.name = "pick/rank 0", .inputs = {{}}, .call = [](Vars in) { return pick(in[0], 0, 0); }, .rejects = true},
    {.name = "flip/last", .inputs = {{2, 3}}, .call = [](Vars in) { return flip(in[0], -1); },
     .same_as = [](Vars in) { return slice(in[0], 1, -1, -4, -1); }},
    {.name = "flip/two", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return flip(in[0], {0, 2}); }},
    {.name = "flip/empty", .inputs = {{0, 3}}, .call = [](Vars in) { return flip(in[0], 0); }, .flat = true},
    {.name = "flip/axis twice", .inputs = {{2, 3}}, .call = [](Vars in) { return flip(in[0], {0, -2}); }, .rejects = true},
    {.name = "tril/square", .inputs = {{3, 3}}, .call = [](Vars in) { return tril(in[0]); }},
    {.name = "tril/wide batch", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return tril(in[0], 1); },
     .same_as = [](Vars in) { return transpose(triu(transpose(in[0]), -1)); }},
    {.name = "tril/vector", .inputs = {{3}}, .call = [](Vars in) { return tril(in[0]); }, .rejects = true},
    {.name = "triu/tall", .inputs = {{4, 3}}, .call = [](Vars in) { return triu(in[0]); }},
    {.name = "triu/far below", .inputs = {{2, 3, 3}}, .call = [](Vars in) { return triu(in[0], -9); },
     .same_as = [](Vars in) { return reshape(in[0], {2, 3, 3}); }},
    {.name = "triu/empty", .inputs = {{2, 0}}, .call = [](Vars in) { return triu(in[0]); }, .flat = true},
    {.name = "triu/vector", .inputs = {{3}}, .call = [](Vars in) { return triu(in[0]); }, .rejects = true})

}  // namespace heed
