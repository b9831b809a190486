// expand: an array broadcast to a shape.
#include <heed/ops/define/elementwise.hpp>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/define/view.hpp>

namespace heed {

// NumPy's broadcasting of x to a shape of as many axes or more.
Var expand(In x, Shape shape) {
    const Shape& own = x.shape();
    bool fits = shape.size() >= own.size();
    for (std::size_t i = 1; fits && i <= own.size(); ++i)
        fits = own[own.size() - i] == 1 || own[own.size() - i] == shape[shape.size() - i];
    expect(
        fits, "expand", "x", own, [&] { return "a shape that broadcasts to " + to_string(shape); }, x.at);
    require_sizes("expand", shape, x.at);
    const View view{shape, broadcast_strides(x.value(), shape)};
    return differentiable(
        record("expand", {x}, read_view(x.value(), view), [dx = x.slot()](Array&& dy) { dx.add_grad(std::move(dy)); }),
        {x}, [](Vars, const Var&, const Var& dy) { return Grads{dy}; });
}

// clang-format off
HEED_OP_CASES(
    {.name = "expand/new and stretched axes", .inputs = {{3, 1}}, .call = [](Vars in) { return expand(in[0], {2, 3, 4}); }},
    {.name = "expand/rank 0", .inputs = {{}}, .call = [](Vars in) { return expand(in[0], {2, 3}); }},
    {.name = "expand/as it is", .inputs = {{2, 3}}, .call = [](Vars in) { return expand(in[0], {2, 3}); }},
    {.name = "expand/sizes differ", .inputs = {{3, 2}}, .call = [](Vars in) { return expand(in[0], {3, 4}); }, .rejects = true},
    {.name = "expand/fewer axes", .inputs = {{3, 2}}, .call = [](Vars in) { return expand(in[0], {2}); }, .rejects = true},
    {.name = "expand/negative size", .inputs = {{3, 1}}, .call = [](Vars in) { return expand(in[0], {3, -1}); }, .rejects = true})
// clang-format on

}  // namespace heed
