// repeat: a whole axis several times over.
#include <fmt/format.h>
#include <heed/core/broadcast.hpp>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/define/view.hpp>

namespace heed {

// The whole axis, `times` over: (.., n, ..) -> (.., times n, ..)
Var repeat(In x, Dim times, Dim axis) {
    const std::size_t position = find_axis("repeat", axis, x.shape(), x.at);
    require(
        times >= 0, "repeat", [&] { return fmt::format("times is {}; expected times >= 0", times); }, x.at);
    Shape shape = x.shape();
    Dim outer = 1;
    for (std::size_t i = 0; i < position; ++i) outer *= shape[i];
    const Dim run = outer ? x.size() / outer : 0;
    shape[position] = saturated_product(shape[position], times);
    require_sizes("repeat", shape, x.at);
    const View view{{outer, times, run}, {run, 0, 1}};  // x, read `times` over
    Var y = record("repeat", {x}, reshaped(read_view(x.value(), view), shape),
                   [dx = x.slot(), all = view.shape](const Array& dy) {
                       dx.add_grad(reshaped(sum_to(reshaped(dy, all), {all[0], 1, all[2]}), dx.shape()));
                   });
    return differentiable(std::move(y), {x}, [all = view.shape](Vars v, const Var&, const Var& dy) {
        return Grads{reshape(sum(reshape(dy, all), 1), v[0].shape())};
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "repeat/middle axis", .inputs = {{2, 3, 2}}, .call = [](Vars in) { return repeat(in[0], 3, 1); },
     .same_as = [](Vars in) { return concat({in[0], in[0], in[0]}, 1); }},
    {.name = "repeat/leading axis", .inputs = {{3}}, .call = [](Vars in) { return repeat(in[0], 2, -1); }},
    {.name = "repeat/never", .inputs = {{2, 3}}, .call = [](Vars in) { return repeat(in[0], 0, 1); }, .flat = true},
    {.name = "repeat/negative", .inputs = {{3}}, .call = [](Vars in) { return repeat(in[0], -1, 0); }, .rejects = true},
    {.name = "repeat/rank 0", .inputs = {{}}, .call = [](Vars in) { return repeat(in[0], 2, 0); }, .rejects = true})
// clang-format on

}  // namespace heed
