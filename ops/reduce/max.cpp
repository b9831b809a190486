// max and min along axes.
#include <heed/ops/define/reduction.hpp>

namespace heed {

using kernel::Reduce;

namespace {

// Each result's `g` at the element that it came from as max or min, elsewhere 0.
Array at_extremes(const Reduction& r, const Array& x, const Array& best, const Array& g) {
    const Array slices = r.slices(x);
    Array d = filled(r.view.shape, 0);
    const Real *from = slices.storage().data(), *most = best.storage().data(), *gradients = g.storage().data();
    Real* to = d.data();
    for (Dim s = 0; s < r.results(); ++s) {
        Dim i = s / r.inner * r.n * r.inner + s % r.inner;
        while (from[i] != most[s] && from[i] == from[i]) i += r.inner;
        to[i] = gradients[s];
    }
    return r.undo(std::move(d), x.shape());
}

// max or min. A NaN is the result wherever there is one, and the first NaN gets the gradient.
Var extreme(const char* op, Reduce f, const In& x, const Axes& axes, Keep keep) {
    const Reduction r(op, x, axes, keep);
    r.expect_elements(op, x);
    Var y = record(op, {x}, r.reduce(f, r.slices(x.value())), [r, x, dx = x.slot()](const Array& y, const Array& dy) {
        dx.add_grad(at_extremes(r, x.value(), y, dy));
    });
    return differentiable(std::move(y), {x}, [r, axes](Vars v, const Var& y, const Var& dy) {
        const Array chosen = at_extremes(r, v[0].value(), y.value(), filled(y.shape(), 1));
        return Grads{where(chosen, spread_along(dy, axes, v[0].shape()), 0)};
    });
}

}  // namespace

Var max(In x, Axes axes, Keep keep) { return extreme("max", Reduce::max, x, axes, keep); }
Var min(In x, Axes axes, Keep keep) { return extreme("min", Reduce::min, x, axes, keep); }

// clang-format off
HEED_OP_CASES(
    {.name = "max/last axis", .inputs = {{3, 40}}, .call = [](Vars in) { return max(in[0], -1); }, .draw = draw::apart},
    {.name = "max/first axis", .inputs = {{3, 40}}, .call = [](Vars in) { return max(in[0], 0); }, .draw = draw::apart},
    {.name = "max/axes apart", .inputs = {{3, 2, 4}}, .call = [](Vars in) { return max(in[0], {0, 2}, keep_axis); },
     .same_as = [](Vars in) { return max(max(in[0], 2, keep_axis), 0, keep_axis); }, .draw = draw::apart},
    {.name = "max/of nothing", .inputs = {{2, 0}}, .call = [](Vars in) { return max(in[0], 1); }, .rejects = true},
    {.name = "min/everything", .inputs = {{3, 4}}, .call = [](Vars in) { return min(in[0]); },
     .same_as = [](Vars in) { return -max(-in[0]); }, .draw = draw::apart},
    {.name = "min/middle axis", .inputs = {{2, 5, 3}}, .call = [](Vars in) { return min(in[0], 1); },
     .same_as = [](Vars in) { return -max(-in[0], 1); }, .draw = draw::apart},
    {.name = "min/of nothing", .inputs = {{0}}, .call = [](Vars in) { return min(in[0]); }, .rejects = true})
// clang-format on

}  // namespace heed
