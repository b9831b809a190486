// argmax: the index of the largest element of each slice.
#include <fmt/format.h>
#include <heed/ops/define/op.hpp>
#include <heed/ops/define/view.hpp>
#include <heed/ops/kernel/rows/rows.hpp>
#include <heed/ops/shape/slices.hpp>

namespace heed {

// A NaN counts as the largest.
Ints argmax(In x, Dim axis) {
    const std::size_t at = find_axis("argmax", axis, x.shape(), x.at);
    const Slices s(x.shape(), at);
    const auto text = [&] {
        return fmt::format("argument 'x' has shape {}; expected an element along axis {}", to_string(x.shape()), axis);
    };
    require(s.n > 0, "argmax", text, x.at);
    AxisSet gone;
    gone.has[at] = true;
    Ints indices = Ints::from_shape(reduced_shape(x.shape(), gone, drop_axis));
    const Array rows = read_view(x.value(), {{s.outer, s.inner, s.n}, {s.n * s.inner, 1, s.inner}});
    kernel::argmax(rows.storage().data(), indices.data(), s.outer * s.inner, s.n);
    return indices;
}

// clang-format off
HEED_OP_CASES(
    {.name = "argmax/last axis", .inputs = {{3, 5}}, .call = [](Vars in) { return sum(one_hot(argmax(in[0]), 5) * in[0], -1); },
     .same_as = [](Vars in) { return max(in[0], -1); }, .draw = draw::apart},
    {.name = "argmax/first axis", .inputs = {{4, 3}}, .call = [](Vars in) { return sum(one_hot(argmax(in[0], 0), 4) * transpose(in[0]), -1); },
     .same_as = [](Vars in) { return max(in[0], 0); }, .draw = draw::apart},
    {.name = "argmax/of nothing", .inputs = {{3, 0}}, .call = [](Vars in) { return one_hot(argmax(in[0]), 1); }, .rejects = true},
    {.name = "argmax/no such axis", .inputs = {{3}}, .call = [](Vars in) { return one_hot(argmax(in[0], 1), 3); }, .rejects = true})
// clang-format on

}  // namespace heed
