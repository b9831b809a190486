// prod: the product along axes.
#include <heed/ops/define/reduction.hpp>

namespace heed {

using kernel::Reduce;

namespace {

// Of rows (r, n), the product of the elements before each: those of the nearest 1, then 2, 4, ... elements.
Var before(const Var& rows) {
    const Dim n = rows.dim(1);
    const auto shifted = [n](const Var& x, Dim distance) { return slice(pad(x, {{distance, 0}}, 1), 1, 0, n); };
    Var product = shifted(rows, 1);
    for (Dim distance = 1; distance < n; distance *= 2) product = product * shifted(product, distance);
    return product;
}

}  // namespace

// Of nothing: 1. dx_i = dy (product of the elements before i) (product of those after it): right for zeros, too.
Var prod(In x, Axes axes, Keep keep) {
    const Reduction r("prod", x, axes, keep);
    Var y = record("prod", {x}, r.reduce(Reduce::prod, r.slices(x.value())), [r, x, dx = x.slot()](const Array& dy) {
        const Array slices = r.slices(x.value());
        Array d = r.fresh();
        const Real *from = slices.storage().data(), *g = dy.storage().data();
        Real* to = d.data();
        for (Dim s = 0; s < r.results(); ++s) {
            const Dim first = s / r.inner * r.n * r.inner + s % r.inner, end = first + r.n * r.inner;
            Real before = g[s], after = 1;
            for (Dim i = first; i < end; i += r.inner) {
                to[i] = before;
                before *= from[i];
            }
            for (Dim i = end - r.inner; i >= first; i -= r.inner) {
                to[i] *= after;
                after *= from[i];
            }
        }
        dx.add_grad(r.undo(std::move(d), dx.shape()));
    });
    return differentiable(std::move(y), {x}, [axes](Vars v, const Var&, const Var& dy) {
        const SliceRows slices(axes, v[0].shape());
        const Var rows = slices.rows_of(v[0]);
        return Grads{spread_along(dy, axes, v[0].shape()) *
                     slices.from_rows(before(rows) * flip(before(flip(rows, 1)), 1))};
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "prod/last axis", .inputs = {{3, 4}}, .call = [](Vars in) { return prod(in[0], -1); }},
    {.name = "prod/middle axis", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return prod(in[0], 1, keep_axis); }},
    {.name = "prod/a zero", .inputs = {{5}}, .call = [](Vars in) { return prod(in[0]); },
     .draw = [](RandomStream, std::uint64_t n) { return static_cast<double>(n) - 2; }},
    {.name = "prod/axes apart", .inputs = {{2, 3, 2}}, .call = [](Vars in) { return prod(in[0], {0, 2}); },
     .same_as = [](Vars in) { return prod(prod(in[0], 2), 0); }},
    {.name = "prod/of nothing", .inputs = {{0, 3}}, .call = [](Vars in) { return prod(in[0], 0); },
     .same_as = [](Vars in) { return sum(in[0], 0) + 1; }, .flat = true},
    {.name = "prod/no such axis", .inputs = {{2, 3}}, .call = [](Vars in) { return prod(in[0], -3); }, .rejects = true})
// clang-format on

}  // namespace heed
