// stack: values of one shape along a new axis.
#include <heed/ops/shape/joined.hpp>

namespace heed {

// t values of one shape -> that shape with a new axis of size t
Var stack(Ins parts, Dim axis) {
    require_parts("stack", parts);
    const Shape& shape = parts[0].shape();
    const std::size_t position = find_new_axis("stack", axis, shape, parts.at);
    for (std::size_t i = 0; i < parts.size(); ++i)
        expect_part(parts[i].shape() == shape, "stack", parts, i,
                    [&] { return to_string(shape) + ", the shape of 'parts[0]'"; });
    const Shape stacked = with_axis(shape, position, static_cast<Dim>(parts.size()));
    require_sizes("stack", stacked, parts.at);
    const View first = View::of(stacked).part(position, 0, 1).without(position);
    const Dim step = View::of(stacked).strides[position];
    return joined("stack", parts, stacked, [first, step](std::size_t i) {
        View view = first;
        view.offset = static_cast<Dim>(i) * step;
        return view;
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "stack/time", .inputs = {{2, 3}, {2, 3}, {2, 3}}, .call = [](Vars in) { return stack({in[0], in[1], in[2]}, 1); },
     .same_as = [](Vars in) { return concat({unsqueeze(in[0], 1), unsqueeze(in[1], 1), unsqueeze(in[2], 1)}, 1); }},
    {.name = "stack/last", .inputs = {{2, 3}, {2, 3}}, .call = [](Vars in) { return stack({in[0], in[1]}, -1); },
     .same_as = [](Vars in) { return permute(stack({in[0], in[1]}), {1, 2, 0}); }},
    {.name = "stack/rank 0", .inputs = {{}, {}}, .call = [](Vars in) { return stack({in[0], in[1]}); }},
    {.name = "stack/shapes differ", .inputs = {{2, 3}, {3, 2}}, .call = [](Vars in) { return stack({in[0], in[1]}); }, .rejects = true},
    {.name = "stack/nothing", .inputs = {{1}}, .call = [](Vars) { return stack({}); }, .rejects = true},
    {.name = "stack/no such place", .inputs = {{2}, {2}}, .call = [](Vars in) { return stack({in[0], in[1]}, 2); }, .rejects = true})
// clang-format on

}  // namespace heed
