// cumsum: running sums along one axis.
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/kernel/rows/rows.hpp>
#include <heed/ops/shape/slices.hpp>

namespace heed {
namespace {

Array running_sum(const Array& x, const Slices& s, bool reverse) {
    Array y = Array::from_shape(x.shape());
    kernel::cumulative_sum(x.storage().data(), y.data(), s.outer, s.n, s.inner, reverse);
    return y;
}

}  // namespace

// y_i = sum_{j <= i} x_j along one axis.
Var cumsum(In x, Dim axis) {
    const Slices s(x.shape(), find_axis("cumsum", axis, x.shape(), x.at));
    Var y = record("cumsum", {x}, running_sum(x.value(), s, false),
                   [s, dx = x.slot()](const Array& dy) { dx.add_grad(running_sum(dy, s, true)); });
    return differentiable(std::move(y), {x}, [axis](Vars, const Var&, const Var& dy) {
        return Grads{flip(cumsum(flip(dy, axis), axis), axis)};
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "cumsum/last axis", .inputs = {{2, 5}}, .call = [](Vars in) { return cumsum(in[0], -1); },
     .same_as = [](Vars in) { return matmul(in[0], triu(ones({5, 5}))); }},
    {.name = "cumsum/first axis", .inputs = {{4, 3}}, .call = [](Vars in) { return cumsum(in[0], 0); },
     .same_as = [](Vars in) { return matmul(tril(ones({4, 4})), in[0]); }},
    {.name = "cumsum/middle axis", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return cumsum(in[0], 1); }},
    {.name = "cumsum/empty", .inputs = {{2, 0}}, .call = [](Vars in) { return cumsum(in[0], 1); }, .flat = true},
    {.name = "cumsum/scalar", .inputs = {{}}, .call = [](Vars in) { return cumsum(in[0], 0); }, .rejects = true})
// clang-format on

}  // namespace heed
