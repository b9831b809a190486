// reshape, squeeze and unsqueeze: the same elements in the same order, in another shape.
#include <algorithm>
#include <fmt/format.h>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/define/view.hpp>

namespace heed {
namespace {

// The same elements in the same order: memory is shared, forward and backward.
Var same_elements(const char* op, const In& x, const Shape& shape) {
    return differentiable(record(op, {x}, reshaped(x.value(), shape),
                                 [dx = x.slot()](const Array& dy) { dx.add_grad(reshaped(dy, dx.shape())); }),
                          {x}, [](Vars v, const Var&, const Var& dy) { return Grads{reshape(dy, v[0].shape())}; });
}

}  // namespace

// One size may be -1: what is left. Shares memory.
Var reshape(In x, Shape shape) {
    Dim known = 1, open = 0;
    for (Dim size : shape) {
        require(
            size >= -1, "reshape",
            [&] { return fmt::format("size {} in shape {}; expected sizes >= 0, or one -1", size, to_string(shape)); },
            x.at);
        if (size == -1) ++open;
        else known = saturated_product(known, size);
    }
    require(
        open <= 1, "reshape",
        [&] { return fmt::format("shape {} holds -1 {} times; only one size can be found", to_string(shape), open); },
        x.at);
    const bool fits = open ? known > 0 && x.size() % known == 0 : x.size() == known;
    expect(
        fits, "reshape", "x", x.shape(),
        [&] { return fmt::format("{}{} elements to fill {}", open ? "a multiple of " : "", known, to_string(shape)); },
        x.at);
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
        expect(
            all || !named[i] || size == 1, "squeeze", "x", x.shape(),
            [&] { return fmt::format("size 1 at axis {}", i); }, x.at);
        if (!named[i] || size != 1) left.push_back(size);
    }
    return same_elements("squeeze", x, left);
}

Var unsqueeze(In x, Dim axis) {
    const std::size_t position = find_new_axis("unsqueeze", axis, x.shape(), x.at);
    return same_elements("unsqueeze", x, with_axis(x.shape(), position, 1));
}

// clang-format off
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
    {.name = "unsqueeze/rank 8", .inputs = {{1, 1, 1, 1, 1, 1, 1, 1}}, .call = [](Vars in) { return unsqueeze(in[0], 0); }, .rejects = true})
// clang-format on

}  // namespace heed
