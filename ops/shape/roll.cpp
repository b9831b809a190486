// roll: elements moved along axes; those that leave at one end come in at the other.
#include <fmt/format.h>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/define/view.hpp>
#include <heed/ops/kernel/elementwise/permute.hpp>

namespace heed {
namespace {

// y[.., i + by, ..] = x[.., i, ..] from this axis on, with 0 <= by < size: two boxes for each axis.
void copy_rolled(const Shape& by, std::size_t axis, const View& from, const View& to, const Real* x, Real* y) {
    if (axis == by.size())
        return kernel::copy_strided(from.shape, x + from.offset, from.strides.data(), y + to.offset, to.strides.data());
    const Dim kept = from.shape[axis] - by[axis];
    copy_rolled(by, axis + 1, from.part(axis, 0, kept), to.part(axis, by[axis], kept), x, y);
    if (by[axis] > 0) copy_rolled(by, axis + 1, from.part(axis, kept, by[axis]), to.part(axis, 0, by[axis]), x, y);
}

Var rolled(const In& x, const Shape& by) {
    const auto copy = [](const Array& x, const Shape& by) {
        Array y = Array::from_shape(x.shape());
        const View all = View::of(x.shape());
        copy_rolled(by, 0, all, all, x.storage().data(), y.data());
        return y;
    };
    Shape back = by;
    for (std::size_t i = 0; i < back.size(); ++i) back[i] = by[i] > 0 ? x.shape()[i] - by[i] : 0;
    Var y = record("roll", {x}, copy(x.value(), by),
                   [dx = x.slot(), copy, back](const Array& dy) { dx.add_grad(copy(dy, back)); });
    return differentiable(std::move(y), {x},
                          [back](Vars, const Var&, const Var& dy) { return Grads{rolled(dy, back)}; });
}

}  // namespace

Var roll(In x, Shape shifts, Axes axes) {
    require(
        shifts.size() == axes.list.size(), "roll",
        [&] { return fmt::format("{} shifts and {} axes; expected as many", shifts.size(), axes.list.size()); }, x.at);
    if (!axes.list.empty()) find_axes("roll", axes, x.shape(), x.at);  // each once
    Shape by(x.shape().size());
    for (std::size_t i = 0; i < shifts.size(); ++i) {
        const std::size_t axis = find_axis("roll", axes.list[i], x.shape(), x.at);
        const Dim n = x.shape()[axis];
        if (n > 0) by[axis] = (shifts[i] % n + n) % n;
    }
    return rolled(x, by);
}

Var roll(In x, Dim shift, Dim axis) { return roll(x, Shape{shift}, Axes{axis}); }

// clang-format off
HEED_OP_CASES(
    {.name = "roll/last axis", .inputs = {{2, 5}}, .call = [](Vars in) { return roll(in[0], 2, -1); },
     .same_as = [](Vars in) { return take(in[0], Ints{3, 4, 0, 1, 2}, 1); }},
    {.name = "roll/first axis, backwards", .inputs = {{4, 3}}, .call = [](Vars in) { return roll(in[0], -1, 0); },
     .same_as = [](Vars in) { return take(in[0], Ints{1, 2, 3, 0}, 0); }},
    {.name = "roll/two axes", .inputs = {{3, 2, 4}}, .call = [](Vars in) { return roll(in[0], {1, -1}, {-1, 0}); },
     .same_as = [](Vars in) { return roll(roll(in[0], 1, 2), -1, 0); }},
    {.name = "roll/many times over", .inputs = {{2, 3}}, .call = [](Vars in) { return roll(in[0], -10, 1); },
     .same_as = [](Vars in) { return roll(in[0], 2, 1); }},
    {.name = "roll/not at all", .inputs = {{2, 3}}, .call = [](Vars in) { return roll(in[0], Shape{}, Axes{}); },
     .same_as = [](Vars in) { return in[0] * 1; }},
    {.name = "roll/rank 0", .inputs = {{}}, .call = [](Vars in) { return roll(in[0], Shape{}, Axes{}); }},
    {.name = "roll/empty", .inputs = {{2, 0}}, .call = [](Vars in) { return roll(in[0], {1, 1}, {0, 1}); }, .flat = true},
    {.name = "roll/an axis twice", .inputs = {{2, 3}}, .call = [](Vars in) { return roll(in[0], {1, 1}, {0, -2}); }, .rejects = true},
    {.name = "roll/shifts without axes", .inputs = {{2, 3}}, .call = [](Vars in) { return roll(in[0], {1, 1}, {0}); }, .rejects = true},
    {.name = "roll/no such axis", .inputs = {{2, 3}}, .call = [](Vars in) { return roll(in[0], 1, 2); }, .rejects = true})
// clang-format on

}  // namespace heed
