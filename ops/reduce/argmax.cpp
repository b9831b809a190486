// argmax and argmin: the index of the largest and of the smallest element of each slice.
#include <fmt/format.h>
#include <heed/ops/define/op.hpp>
#include <heed/ops/define/view.hpp>
#include <heed/ops/kernel/rows/rows.hpp>
#include <heed/ops/shape/slices.hpp>

namespace heed {
namespace {

using Kernel = void (*)(const Real* x, std::int64_t* indices, Dim rows, Dim n);

Ints first_extreme(const char* op, const In& x, Dim axis, Kernel find) {
    const std::size_t at = find_axis(op, axis, x.shape(), x.at);
    const Slices s(x.shape(), at);
    const auto text = [&] {
        return fmt::format("argument 'x' has shape {}; expected an element along axis {}", to_string(x.shape()), axis);
    };
    require(s.n > 0, op, text, x.at);
    AxisSet gone;
    gone.has[at] = true;
    Ints indices = Ints::from_shape(reduced_shape(x.shape(), gone, drop_axis));
    const Array rows = read_view(x.value(), {{s.outer, s.inner, s.n}, {s.n * s.inner, 1, s.inner}});
    find(rows.storage().data(), indices.data(), s.outer * s.inner, s.n);
    return indices;
}

}  // namespace

// A NaN counts as the largest, and for argmin as the smallest.
Ints argmax(In x, Dim axis) { return first_extreme("argmax", x, axis, kernel::argmax); }
Ints argmin(In x, Dim axis) { return first_extreme("argmin", x, axis, kernel::argmin); }

// clang-format off
HEED_OP_CASES(
    {.name = "argmax/last axis", .inputs = {{3, 5}}, .call = [](Vars in) { return sum(one_hot(argmax(in[0]), 5) * in[0], -1); },
     .same_as = [](Vars in) { return max(in[0], -1); }, .draw = draw::apart},
    {.name = "argmax/first axis", .inputs = {{4, 3}}, .call = [](Vars in) { return sum(one_hot(argmax(in[0], 0), 4) * transpose(in[0]), -1); },
     .same_as = [](Vars in) { return max(in[0], 0); }, .draw = draw::apart},
    {.name = "argmax/of nothing", .inputs = {{3, 0}}, .call = [](Vars in) { return one_hot(argmax(in[0]), 1); }, .rejects = true},
    {.name = "argmax/no such axis", .inputs = {{3}}, .call = [](Vars in) { return one_hot(argmax(in[0], 1), 3); }, .rejects = true},
    {.name = "argmin/last axis", .inputs = {{3, 37}}, .call = [](Vars in) { return sum(one_hot(argmin(in[0]), 37) * in[0], -1); },
     .same_as = [](Vars in) { return min(in[0], -1); }, .draw = draw::apart},
    {.name = "argmin/first axis", .inputs = {{4, 3}}, .call = [](Vars in) { return sum(one_hot(argmin(in[0], 0), 4) * transpose(in[0]), -1); },
     .same_as = [](Vars in) { return min(in[0], 0); }, .draw = draw::apart},
    {.name = "argmin/ties", .inputs = {{5}}, .call = [](Vars in) { return in[0] * Var(argmin(in[0] * 0)); },
     .same_as = [](Vars in) { return in[0] * 0; }, .flat = true},
    {.name = "argmin/of nothing", .inputs = {{0, 3}}, .call = [](Vars in) { return one_hot(argmin(in[0], 0), 1); }, .rejects = true},
    {.name = "argmin/no such axis", .inputs = {{3}}, .call = [](Vars in) { return one_hot(argmin(in[0], -2), 3); }, .rejects = true})
// clang-format on

}  // namespace heed
