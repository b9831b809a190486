// sum and mean along axes.
#include <algorithm>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/define/reduction.hpp>
#include <heed/ops/kernel/elementwise/pointwise.hpp>

namespace heed {

using kernel::Reduce;

namespace {

constexpr Dim block = 16384;  // elements that are worth a thread

// Every element of a slice becomes its s (outer, inner).
Array spread(const Array& s, const Reduction& r, const Shape& shape) {
    Array y = r.fresh();
    const Real* from = s.storage().data();
    Real* to = y.data();
    parallel_blocks(r.outer, std::max<Dim>(1, block / std::max<Dim>(1, r.n * r.inner)), [&](Dim begin, Dim end) {
        for (Dim o = begin; o < end; ++o) {
            Real* slice = to + o * r.n * r.inner;
            if (r.inner == 1) kernel::fill(r.n, from[o], slice);
            else
                for (Dim i = 0; i < r.n; ++i) std::copy_n(from + o * r.inner, r.inner, slice + i * r.inner);
        }
    });
    return r.undo(std::move(y), shape);
}

}  // namespace

// Of nothing: 0.
Var sum(In x, Axes axes, Keep keep) {
    const Reduction r("sum", x, axes, keep);
    Array y = r.reduce(Reduce::sum, r.slices(x.value()));
    return differentiable(
        record("sum", {x}, std::move(y),
               [r, dx = x.slot()](const Array& dy) { dx.add_grad(spread(dy, r, dx.shape())); }),
        {x}, [axes](Vars v, const Var&, const Var& dy) { return Grads{spread_along(dy, axes, v[0].shape())}; });
}

Var mean(In x, Axes axes, Keep keep) {
    const Reduction r("mean", x, axes, keep);
    r.expect_elements("mean", x);
    Var y = record("mean", {x}, r.means(r.slices(x.value())), [r, dx = x.slot()](Array&& dy) {
        kernel::scale(count(dy), 1 / static_cast<Real>(r.n), dy.data());
        dx.add_grad(spread(dy, r, dx.shape()));
    });
    return differentiable(std::move(y), {x}, [axes, n = static_cast<double>(r.n)](Vars v, const Var&, const Var& dy) {
        return Grads{spread_along(dy / n, axes, v[0].shape())};
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "sum/everything", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return sum(in[0]); }},
    {.name = "sum/scalar", .inputs = {{}}, .call = [](Vars in) { return sum(in[0]); }},
    {.name = "sum/last axis", .inputs = {{2, 3, 37}}, .call = [](Vars in) { return sum(in[0], -1); }},
    {.name = "sum/first axis", .inputs = {{3, 70}}, .call = [](Vars in) { return sum(in[0], 0); }},
    {.name = "sum/middle axes, kept", .inputs = {{2, 3, 2, 5}}, .call = [](Vars in) { return sum(in[0], {1, 2}, keep_axis); }},
    {.name = "sum/axes apart", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return sum(in[0], {-1, 0}); },
     .same_as = [](Vars in) { return sum(sum(in[0], 2), 0); }},
    {.name = "sum/apart by size one", .inputs = {{3, 1, 2}}, .call = [](Vars in) { return sum(in[0], {0, 2}, keep_axis); }},
    {.name = "sum/four axes, apart and kept", .inputs = {{2, 3, 4, 2}}, .call = [](Vars in) { return sum(in[0], {1, 3}, keep_axis); },
     .same_as = [](Vars in) { return sum(sum(in[0], 3, keep_axis), 1, keep_axis); }},
    {.name = "sum/of nothing", .inputs = {{2, 0}}, .call = [](Vars in) { return sum(in[0], 1); }, .flat = true},
    {.name = "sum/no such axis", .inputs = {{2, 3}}, .call = [](Vars in) { return sum(in[0], 2); }, .rejects = true},
    {.name = "sum/axis named twice", .inputs = {{2, 3}}, .call = [](Vars in) { return sum(in[0], {1, -1}); }, .rejects = true},
    {.name = "mean/everything", .inputs = {{4, 5}}, .call = [](Vars in) { return mean(in[0]); }, .same_as = [](Vars in) { return sum(in[0]) / 20; }},
    {.name = "mean/first axis", .inputs = {{4, 5}}, .call = [](Vars in) { return mean(in[0], 0); },
     .same_as = [](Vars in) { return sum(in[0], 0) * 0.25; }},
    {.name = "mean/no result", .inputs = {{0, 3}}, .call = [](Vars in) { return mean(in[0], 1); }, .flat = true},
    {.name = "mean/of nothing", .inputs = {{0, 3}}, .call = [](Vars in) { return mean(in[0], 0); }, .rejects = true})
// clang-format on

}  // namespace heed
