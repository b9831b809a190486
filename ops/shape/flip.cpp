// flip: the elements along axes in reverse order.
#include <heed/ops/define/op.hpp>
#include <heed/ops/define/view.hpp>

namespace heed {

Var flip(In x, Axes axes) {
    const AxisSet named = find_axes("flip", axes, x.shape(), x.at);
    View view = View::of(x.shape());
    if (x.size() > 0)
        for (std::size_t i = 0; i < view.shape.size(); ++i)
            if (named[i]) view = view.part(i, view.shape[i] - 1, view.shape[i], -1);
    return reordered("flip", x, view, view);
}

// clang-format off
HEED_OP_CASES(
    {.name = "flip/last", .inputs = {{2, 3}}, .call = [](Vars in) { return flip(in[0], -1); },
     .same_as = [](Vars in) { return slice(in[0], 1, -1, -4, -1); }},
    {.name = "flip/two", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return flip(in[0], {0, 2}); }},
    {.name = "flip/empty", .inputs = {{0, 3}}, .call = [](Vars in) { return flip(in[0], 0); }, .flat = true},
    {.name = "flip/axis twice", .inputs = {{2, 3}}, .call = [](Vars in) { return flip(in[0], {0, -2}); }, .rejects = true})
// clang-format on

}  // namespace heed
