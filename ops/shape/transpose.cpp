// transpose: the last two axes of an array swapped.
#include <utility>
#include <heed/ops/define/op.hpp>
#include <heed/ops/define/view.hpp>

namespace heed {

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

// clang-format off
HEED_OP_CASES(
    {.name = "transpose/matrix", .inputs = {{2, 3}}, .call = [](Vars in) { return transpose(in[0]); }},
    {.name = "transpose/more than a tile", .inputs = {{35, 40}}, .call = [](Vars in) { return transpose(in[0]); }},
    {.name = "transpose/batch", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return transpose(in[0]); },
     .same_as = [](Vars in) { return permute(in[0], {0, 2, 1}); }},
    {.name = "transpose/vector", .inputs = {{3}}, .call = [](Vars in) { return transpose(in[0]); }, .rejects = true})
// clang-format on

}  // namespace heed
