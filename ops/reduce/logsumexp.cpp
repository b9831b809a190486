// logsumexp: the logarithm of the sum of exponentials along axes.
#include <limits>
#include <utility>
#include <heed/ops/define/reduction.hpp>
#include <heed/ops/kernel/elementwise/pointwise.hpp>

namespace heed {

// y = log(sum e^x), without overflow; -inf of nothing or of -inf only, with gradient 0. dx = dy softmax(x): e^(x - y)
// would have y's rounding.
Var logsumexp(In x, Axes axes, Keep keep) {
    const Reduction r("logsumexp", x, axes, keep, at_the_end);
    Array y = filled(r.result, -std::numeric_limits<Real>::infinity());
    const Array slices = r.slices(x.value());
    if (r.n > 0) kernel::logsumexp(slices.storage().data(), y.data(), r.outer, r.n);
    Var result = record("logsumexp", {x}, std::move(y), [r, x, dx = x.slot()](const Array& dy) {
        const Array slices = r.slices(x.value());
        Array d = r.fresh();
        if (r.n > 0) kernel::softmax(slices.storage().data(), d.data(), r.outer, r.n);
        const Dim rows[] = {r.n, 1}, repeat[] = {1, 0};
        kernel::binary(kernel::Binary::mul, {r.outer, r.n}, std::as_const(d).storage().data(), rows,
                       dy.storage().data(), repeat, d.data());
        dx.add_grad(r.undo(std::move(d), dx.shape()));
    });
    return differentiable(std::move(result), {x}, [axes](Vars v, const Var&, const Var& dy) {
        const SliceRows slices(axes, v[0].shape());
        return Grads{spread_along(dy, axes, v[0].shape()) * slices.from_rows(softmax(slices.rows_of(v[0])))};
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "logsumexp/last axis", .inputs = {{3, 20}}, .call = [](Vars in) { return logsumexp(in[0], -1); },
     .same_as = [](Vars in) { return log(sum(exp(in[0]), -1)); }},
    {.name = "logsumexp/first axis, kept", .inputs = {{3, 20}}, .call = [](Vars in) { return logsumexp(in[0], 0, keep_axis); },
     .same_as = [](Vars in) { return log(sum(exp(in[0]), 0, keep_axis)); }},
    {.name = "logsumexp/everything", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return logsumexp(in[0]); },
     .same_as = [](Vars in) { return log(sum(exp(in[0]))); }},
    {.name = "logsumexp/axes apart", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return logsumexp(in[0], {0, 2}); },
     .same_as = [](Vars in) { return log(sum(exp(in[0]), {0, 2})); }},
    {.name = "logsumexp/of nothing", .inputs = {{3, 0}}, .call = [](Vars in) { return exp(logsumexp(in[0], 1)); },
     .same_as = [](Vars in) { return sum(in[0], 1); }, .flat = true},
    {.name = "logsumexp/no such axis", .inputs = {{3}}, .call = [](Vars in) { return logsumexp(in[0], 1); }, .rejects = true})
// clang-format on

}  // namespace heed
