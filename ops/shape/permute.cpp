// permute: the axes of an array in another order.
#include <fmt/format.h>
#include <heed/ops/define/op.hpp>
#include <heed/ops/define/view.hpp>

namespace heed {

// Axis i of the result is axes[i] of x.
Var permute(In x, Axes axes) {
    const Shape& shape = x.shape();
    expect(
        axes.list.size() == shape.size(), "permute", "x", shape,
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

// clang-format off
HEED_OP_CASES(
    {.name = "permute/heads", .inputs = {{2, 3, 2, 4}}, .call = [](Vars in) { return permute(in[0], {0, 2, 1, 3}); }},
    {.name = "permute/cycle, negative axes", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return permute(in[0], {-1, 0, 1}); },
     .same_as = [](Vars in) { return transpose(permute(in[0], {2, 1, 0})); }},
    {.name = "permute/size one", .inputs = {{1, 3, 4}}, .call = [](Vars in) { return permute(in[0], {1, 0, 2}); },
     .same_as = [](Vars in) { return reshape(in[0], {3, 1, 4}); }},
    {.name = "permute/rank 0", .inputs = {{}}, .call = [](Vars in) { return permute(in[0], {}); }},
    {.name = "permute/empty", .inputs = {{2, 0, 4}}, .call = [](Vars in) { return permute(in[0], {2, 1, 0}); }, .flat = true},
    {.name = "permute/axis missing", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return permute(in[0], {1, 0}); }, .rejects = true},
    {.name = "permute/axis twice", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return permute(in[0], {1, 0, 1}); }, .rejects = true})
// clang-format on

}  // namespace heed
