// repeat: a whole axis several times over. repeat_interleave: each of its elements several times.
#include <algorithm>
#include <fmt/format.h>
#include <heed/core/broadcast.hpp>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/define/view.hpp>

namespace heed {
namespace {

// Runs of elements, each `times` over: those that lie behind one index of the first `axes` axes of x.
Var repeated(const char* op, const In& x, Dim times, std::size_t position, std::size_t axes,
             Site check = Site::current()) {
    require(
        times >= 0, op, [&] { return fmt::format("times is {}; expected times >= 0", times); }, x.at, check);
    Shape shape = x.shape();
    Dim outer = 1;
    for (std::size_t i = 0; i < axes; ++i) outer *= shape[i];
    const Dim run = outer ? x.size() / outer : 0;
    shape[position] = saturated_product(shape[position], times);
    require_sizes(op, shape, x.at, check);
    const View view{{outer, times, run}, {run, 0, 1}};  // x, read `times` over
    Var y = record(op, {x}, reshaped(read_view(x.value(), view), shape),
                   [dx = x.slot(), all = view.shape](const Array& dy) {
                       dx.add_grad(reshaped(sum_to(reshaped(dy, all), {all[0], 1, all[2]}), dx.shape()));
                   });
    return differentiable(std::move(y), {x}, [all = view.shape](Vars v, const Var&, const Var& dy) {
        return Grads{reshape(sum(reshape(dy, all), 1), v[0].shape())};
    });
}

}  // namespace

// The whole axis, `times` over: (.., n, ..) -> (.., times n, ..)
Var repeat(In x, Dim times, Dim axis) {
    const std::size_t position = find_axis("repeat", axis, x.shape(), x.at);
    return repeated("repeat", x, times, position, position);
}

// Each element of the axis, `times` over: (.., n, ..) -> (.., n times, ..)
Var repeat_interleave(In x, Dim times, Dim axis) {
    const std::size_t position = find_axis("repeat_interleave", axis, x.shape(), x.at);
    return repeated("repeat_interleave", x, times, position, position + 1);
}

// Element i of the axis, times[i] over: (.., n, ..) -> (.., the sum of times, ..)
Var repeat_interleave(In x, const Ints& times, Dim axis) {
    const std::size_t position = find_axis("repeat_interleave", axis, x.shape(), x.at);
    const Dim n = x.shape()[position];
    expect(
        times.dimension() == 1 && times.shape()[0] == n, "repeat_interleave", "times", times.shape(),
        [&] { return fmt::format("({}) because 'x' is {}, axis {}", n, to_string(x.shape()), axis); }, x.at);
    Dim total = 0;
    const std::int64_t* number = times.storage().data();
    for (Dim i = 0; i < n; ++i) {
        require(
            number[i] >= 0, "repeat_interleave",
            [&] { return fmt::format("times[{}] is {}; expected times >= 0", i, number[i]); }, x.at);
        total = saturated_sum(total, number[i]);
    }
    Shape shape = x.shape();
    shape[position] = total;
    require_sizes("repeat_interleave", shape, x.at);
    Ints ids = Ints::from_shape({total});
    for (Dim i = 0, at = 0; i < n; at += number[i++]) std::fill_n(ids.data() + at, number[i], i);
    return take(x, ids, axis);
}

// clang-format off
HEED_OP_CASES(
    {.name = "repeat/middle axis", .inputs = {{2, 3, 2}}, .call = [](Vars in) { return repeat(in[0], 3, 1); },
     .same_as = [](Vars in) { return concat({in[0], in[0], in[0]}, 1); }},
    {.name = "repeat/leading axis", .inputs = {{3}}, .call = [](Vars in) { return repeat(in[0], 2, -1); }},
    {.name = "repeat/never", .inputs = {{2, 3}}, .call = [](Vars in) { return repeat(in[0], 0, 1); }, .flat = true},
    {.name = "repeat/negative", .inputs = {{3}}, .call = [](Vars in) { return repeat(in[0], -1, 0); }, .rejects = true},
    {.name = "repeat/rank 0", .inputs = {{}}, .call = [](Vars in) { return repeat(in[0], 2, 0); }, .rejects = true},
    {.name = "repeat_interleave/middle axis", .inputs = {{2, 3, 2}}, .call = [](Vars in) { return repeat_interleave(in[0], 3, 1); },
     .same_as = [](Vars in) { return take(in[0], Ints{0, 0, 0, 1, 1, 1, 2, 2, 2}, 1); }},
    {.name = "repeat_interleave/last axis", .inputs = {{2, 3}}, .call = [](Vars in) { return repeat_interleave(in[0], 2, -1); },
     .same_as = [](Vars in) { return take(in[0], Ints{0, 0, 1, 1, 2, 2}, 1); }},
    {.name = "repeat_interleave/never", .inputs = {{2, 3}}, .call = [](Vars in) { return repeat_interleave(in[0], 0, 0); }, .flat = true},
    {.name = "repeat_interleave/empty", .inputs = {{0, 3}}, .call = [](Vars in) { return repeat_interleave(in[0], 2, 0); }, .flat = true},
    {.name = "repeat_interleave/each its own", .inputs = {{3, 2}}, .call = [](Vars in) { return repeat_interleave(in[0], Ints{2, 0, 3}, -2); },
     .same_as = [](Vars in) { return take(in[0], Ints{0, 0, 2, 2, 2}, 0); }},
    {.name = "repeat_interleave/all zero", .inputs = {{2, 2}}, .call = [](Vars in) { return repeat_interleave(in[0], Ints{0, 0}, 0); }, .flat = true},
    {.name = "repeat_interleave/negative", .inputs = {{3}}, .call = [](Vars in) { return repeat_interleave(in[0], -1, 0); }, .rejects = true},
    {.name = "repeat_interleave/one negative", .inputs = {{3}},
     .call = [](Vars in) { return repeat_interleave(in[0], Ints{1, -1, 2}, 0); }, .rejects = true},
    {.name = "repeat_interleave/times differ", .inputs = {{3}},
     .call = [](Vars in) { return repeat_interleave(in[0], Ints{1, 2}, 0); }, .rejects = true},
    {.name = "repeat_interleave/rank 0", .inputs = {{}}, .call = [](Vars in) { return repeat_interleave(in[0], 2, 0); }, .rejects = true})
// clang-format on

}  // namespace heed
