#include <fmt/format.h>
#include <heed/core/broadcast.hpp>
#include <heed/ops/higher_order.hpp>
#include <heed/ops/op.hpp>
#include <heed/ops/view.hpp>

namespace heed {
namespace {

template <Words W>
void expect_part(bool ok, const char* op, const Ins& parts, std::size_t i, const W& words, Site check = Site::current()) {
    if (!ok) [[unlikely]] expect(false, op, fmt::format("parts[{}]", i), parts[i].shape(), words, parts.at, check);
}

void require_parts(const char* op, const Ins& parts, Site check = Site::current()) {
    require(parts.size() > 0, op, "the list 'parts' is empty; expected at least one", parts.at, check);
}

// Parts written side by side into a new array: where(i) is the view of part i in the result.
template <class Where>
Var joined(const char* op, const Ins& parts, const Shape& shape, Where where) {
    Array y = Array::from_shape(shape);
    for (std::size_t i = 0; i < parts.size(); ++i) write_view(y.data(), where(i), parts[i].value());
    Var whole = record(op, parts, std::move(y), [dx = parts.slots(), where](const Array& dy) {
        for (std::size_t i = 0; i < dx.size(); ++i)
            if (dx[i]) dx[i].add_grad(read_view(dy, where(i)));
    });
    return differentiable(std::move(whole), parts, [op, where = std::move(where)](Vars x, const Var&, const Var& dy) {
        Grads grads;
        for (std::size_t i = 0; i < x.size(); ++i) grads.push_back(read_part(op, dy, where(i)));
        return grads;
    });
}

}  // namespace

// (.., n_0, ..), (.., n_1, ..), ... -> (.., n_0 + n_1 + ..., ..)
Var concat(Ins parts, Dim axis) {
    require_parts("concat", parts);
    Shape shape = parts[0].shape();
    expect_part(!shape.empty(), "concat", parts, 0, "at least one axis; stack() makes one");
    const std::size_t place = find_axis("concat", axis, shape, parts.at);
    List<Dim> begin{0};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        Shape other = parts[i].shape();
        bool fits = other.size() == shape.size();
        begin.push_back(begin.back() + (fits ? other[place] : 0));
        if (fits) other[place] = shape[place];
        expect_part(fits && other == shape, "concat", parts, i,
                    [&] { return fmt::format("the shape of 'parts[0]' {}, but for axis {}", to_string(parts[0].shape()), place); });
    }
    shape[place] = begin.back();
    require_sizes("concat", shape, parts.at);
    return joined("concat", parts, shape, [begin = std::move(begin), place, all = View::of(shape)](std::size_t i) {
        return all.part(place, begin[i], begin[i + 1] - begin[i]);
    });
}

// t values of one shape -> that shape with a new axis of size t
Var stack(Ins parts, Dim axis) {
    require_parts("stack", parts);
    const Shape& shape = parts[0].shape();
    const std::size_t place = find_new_axis("stack", axis, shape, parts.at);
    for (std::size_t i = 0; i < parts.size(); ++i)
        expect_part(parts[i].shape() == shape, "stack", parts, i, [&] { return to_string(shape) + ", the shape of 'parts[0]'"; });
    const Shape stacked = with_axis(shape, place, static_cast<Dim>(parts.size()));
    require_sizes("stack", stacked, parts.at);
    const View first = View::of(stacked).part(place, 0, 1).without(place);
    const Dim step = View::of(stacked).strides[place];
    return joined("stack", parts, stacked, [first, step](std::size_t i) {
        View view = first;
        view.offset = static_cast<Dim>(i) * step;
        return view;
    });
}

// Consecutive parts of these sizes.
std::vector<Var> split(In x, std::vector<Dim> sizes, Dim axis) {
    const std::size_t place = find_axis("split", axis, x.shape(), x.at);
    Dim total = 0;
    for (Dim size : sizes) {
        require(size >= 0, "split", [&] { return fmt::format("sizes ({}) hold {}; expected sizes >= 0", fmt::join(sizes, ", "), size); }, x.at);
        total = saturated_sum(total, size);
    }
    expect(total == x.shape()[place], "split", "x", x.shape(),
           [&] { return fmt::format("{} at axis {} because sizes are ({})", total, place, fmt::join(sizes, ", ")); }, x.at);
    std::vector<Var> parts;
    parts.reserve(sizes.size());
    Dim begin = 0;
    for (Dim size : sizes) {
        parts.push_back(read_part("split", x, View::of(x.shape()).part(place, begin, size)));
        begin += size;
    }
    return parts;
}

// widths hold {before, after} for the last axes of x; the new elements are `value`.
Var pad(In x, Padding widths, double value) {
    expect(widths.size() <= x.shape().size(), "pad", "x", x.shape(),
           [&] { return fmt::format("at least {} axes because that many widths are given", widths.size()); }, x.at);
    Shape shape = x.shape();
    View inner{shape, shape};
    const std::size_t first = shape.size() - widths.size();
    for (std::size_t i = 0; i < widths.size(); ++i) {
        const Dim before = widths[i][0], after = widths[i][1];
        require(before >= 0 && after >= 0, "pad",
                [&] { return fmt::format("widths {{{}, {}}} at axis {}; expected widths >= 0; slice() cuts", before, after, first + i); }, x.at);
        shape[first + i] = saturated_sum(shape[first + i], saturated_sum(before, after));
    }
    require_sizes("pad", shape, x.at);
    inner.strides = View::of(shape).strides;
    for (std::size_t i = 0; i < widths.size(); ++i) inner.offset += widths[i][0] * inner.strides[first + i];
    Array y = filled(shape, static_cast<Real>(value));
    write_view(y.data(), inner, x.value());
    Var padded = record("pad", {x}, std::move(y), [dx = x.slot(), inner](const Array& dy) { dx.add_grad(read_view(dy, inner)); });
    return differentiable(std::move(padded), {x}, [inner](Vars, const Var&, const Var& dy) { return Grads{read_part("pad", dy, inner)}; });
}

// The whole axis, `times` over: (.., n, ..) -> (.., times n, ..)
Var repeat(In x, Dim times, Dim axis) {
    const std::size_t place = find_axis("repeat", axis, x.shape(), x.at);
    require(times >= 0, "repeat", [&] { return fmt::format("times is {}; expected times >= 0", times); }, x.at);
    Shape shape = x.shape();
    Dim outer = 1;
    for (std::size_t i = 0; i < place; ++i) outer *= shape[i];
    const Dim run = outer ? x.size() / outer : 0;
    shape[place] = saturated_product(shape[place], times);
    require_sizes("repeat", shape, x.at);
    const View view{{outer, times, run}, {run, 0, 1}};  // x, read `times` over
    Var y = record("repeat", {x}, reshaped(read_view(x.value(), view), shape), [dx = x.slot(), all = view.shape](const Array& dy) {
        dx.add_grad(reshaped(sum_to(reshaped(dy, all), {all[0], 1, all[2]}), dx.shape()));
    });
    return differentiable(std::move(y), {x}, [all = view.shape](Vars v, const Var&, const Var& dy) {
        return Grads{reshape(sum(reshape(dy, all), 1), v[0].shape())};
    });
}

HEED_OP_CASES(
    {.name = "concat/last axis", .inputs = {{2, 3}, {2, 1}, {2, 2}}, .call = [](Vars in) { return concat({in[0], in[1], in[2]}); }},
    {.name = "concat/leading axis", .inputs = {{2, 3}, {4, 3}}, .call = [](Vars in) { return concat({in[0], in[1]}, 0); },
     .same_as = [](Vars in) { return transpose(concat({transpose(in[0]), transpose(in[1])}, 1)); }},
    {.name = "concat/middle of a cube", .inputs = {{2, 1, 3}, {2, 2, 3}}, .call = [](Vars in) { return concat({in[0], in[1]}, -2); }},
    {.name = "concat/one part", .inputs = {{2, 3}}, .call = [](Vars in) { return concat({in[0]}, 1); }},
    {.name = "concat/split again", .inputs = {{2, 5}}, .call = [](Vars in) { return concat(split(in[0], {1, 0, 4})); },
     .same_as = [](Vars in) { return reshape(in[0], {2, 5}); }},
    {.name = "concat/sizes differ", .inputs = {{2, 3}, {3, 3}}, .call = [](Vars in) { return concat({in[0], in[1]}); }, .rejects = true},
    {.name = "concat/ranks differ", .inputs = {{2, 3}, {2}}, .call = [](Vars in) { return concat({in[0], in[1]}, 0); }, .rejects = true},
    {.name = "concat/rank 0", .inputs = {{}, {}}, .call = [](Vars in) { return concat({in[0], in[1]}, 0); }, .rejects = true},
    {.name = "concat/nothing", .inputs = {{1}}, .call = [](Vars) { return concat({}); }, .rejects = true},
    {.name = "stack/time", .inputs = {{2, 3}, {2, 3}, {2, 3}}, .call = [](Vars in) { return stack({in[0], in[1], in[2]}, 1); },
     .same_as = [](Vars in) { return concat({unsqueeze(in[0], 1), unsqueeze(in[1], 1), unsqueeze(in[2], 1)}, 1); }},
    {.name = "stack/last", .inputs = {{2, 3}, {2, 3}}, .call = [](Vars in) { return stack({in[0], in[1]}, -1); },
     .same_as = [](Vars in) { return permute(stack({in[0], in[1]}), {1, 2, 0}); }},
    {.name = "stack/rank 0", .inputs = {{}, {}}, .call = [](Vars in) { return stack({in[0], in[1]}); }},
    {.name = "stack/shapes differ", .inputs = {{2, 3}, {3, 2}}, .call = [](Vars in) { return stack({in[0], in[1]}); }, .rejects = true},
    {.name = "stack/nothing", .inputs = {{1}}, .call = [](Vars) { return stack({}); }, .rejects = true},
    {.name = "stack/no such place", .inputs = {{2}, {2}}, .call = [](Vars in) { return stack({in[0], in[1]}, 2); }, .rejects = true},
    {.name = "split/second of three", .inputs = {{2, 6, 2}}, .call = [](Vars in) { return split(in[0], {1, 3, 2}, 1)[1]; },
     .same_as = [](Vars in) { return slice(in[0], 1, 1, 4); }},
    {.name = "split/leading axis", .inputs = {{6}}, .call = [](Vars in) { return split(in[0], {2, 4}, 0)[0]; }},
    {.name = "split/sizes do not fill", .inputs = {{2, 6}}, .call = [](Vars in) { return split(in[0], {2, 3})[0]; }, .rejects = true},
    {.name = "split/negative size", .inputs = {{2, 6}}, .call = [](Vars in) { return split(in[0], {7, -1})[0]; }, .rejects = true},
    {.name = "pad/last axis", .inputs = {{2, 3}}, .call = [](Vars in) { return pad(in[0], {{1, 2}}); },
     .same_as = [](Vars in) { return concat({Var(filled({2, 1}, 0)), in[0], Var(filled({2, 2}, 0))}); }},
    {.name = "pad/two axes with a value", .inputs = {{2, 2, 3}}, .call = [](Vars in) { return pad(in[0], {{2, 0}, {0, 1}}, -1.5); }},
    {.name = "pad/rank 0", .inputs = {{}}, .call = [](Vars in) { return pad(in[0], {}); }},
    {.name = "pad/empty", .inputs = {{0, 2}}, .call = [](Vars in) { return pad(in[0], {{1, 1}, {0, 0}}, 2); }, .flat = true},
    {.name = "pad/too many widths", .inputs = {{3}}, .call = [](Vars in) { return pad(in[0], {{1, 1}, {1, 1}}); }, .rejects = true},
    {.name = "pad/negative width", .inputs = {{3}}, .call = [](Vars in) { return pad(in[0], {{1, -1}}); }, .rejects = true},
    {.name = "repeat/middle axis", .inputs = {{2, 3, 2}}, .call = [](Vars in) { return repeat(in[0], 3, 1); },
     .same_as = [](Vars in) { return concat({in[0], in[0], in[0]}, 1); }},
    {.name = "repeat/leading axis", .inputs = {{3}}, .call = [](Vars in) { return repeat(in[0], 2, -1); }},
    {.name = "repeat/never", .inputs = {{2, 3}}, .call = [](Vars in) { return repeat(in[0], 0, 1); }, .flat = true},
    {.name = "repeat/negative", .inputs = {{3}}, .call = [](Vars in) { return repeat(in[0], -1, 0); }, .rejects = true},
    {.name = "repeat/rank 0", .inputs = {{}}, .call = [](Vars in) { return repeat(in[0], 2, 0); }, .rejects = true})

}  // namespace heed
