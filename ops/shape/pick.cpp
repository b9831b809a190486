// pick: one index of an axis; the result has no such axis.
#include <fmt/format.h>
#include <heed/ops/define/op.hpp>
#include <heed/ops/define/view.hpp>

namespace heed {

// One slice, without its axis; a negative index counts from the end.
Var pick(In x, Dim axis, Dim index) {
    const std::size_t i = find_axis("pick", axis, x.shape(), x.at);
    const Dim n = x.shape()[i];
    require(
        -n <= index && index < n, "pick",
        [&] {
            return fmt::format("index {} of axis {} of shape {}; expected {} <= index < {}", index, axis,
                               to_string(x.shape()), -n, n);
        },
        x.at);
    return read_part("pick", x, View::of(x.shape()).part(i, index < 0 ? index + n : index, 1).without(i));
}

// clang-format off
HEED_OP_CASES(
    {.name = "pick/leading axis", .inputs = {{4, 3}}, .call = [](Vars in) { return pick(in[0], 0, 2); }},
    {.name = "pick/time", .inputs = {{2, 4, 3}}, .call = [](Vars in) { return pick(in[0], 1, -1); },
     .same_as = [](Vars in) { return squeeze(slice(in[0], 1, 3, 4), 1); }},
    {.name = "pick/to rank 0", .inputs = {{4}}, .call = [](Vars in) { return pick(in[0], 0, 1); }},
    {.name = "pick/index", .inputs = {{4, 3}}, .call = [](Vars in) { return pick(in[0], 0, 4); }, .rejects = true},
    {.name = "pick/rank 0", .inputs = {{}}, .call = [](Vars in) { return pick(in[0], 0, 0); }, .rejects = true})
// clang-format on

}  // namespace heed
