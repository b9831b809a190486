#include <algorithm>
#include <limits>
#include <heed/core/parallel.hpp>
#include <heed/ops/kernel/pointwise.hpp>
#include <heed/ops/reduction.hpp>

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
            else for (Dim i = 0; i < r.n; ++i) std::copy_n(from + o * r.inner, r.inner, slice + i * r.inner);
        }
    });
    return r.undo(std::move(y), shape);
}

}  // namespace

// Of nothing: 0.
Var sum(In x, Axes axes, Keep keep) {
    const Reduction r("sum", x, axes, keep);
    Array y = r.reduce(Reduce::sum, r.slices(x.value()));
    return differentiable(record("sum", {x}, std::move(y), [r, dx = x.slot()](const Array& dy) { dx.add_grad(spread(dy, r, dx.shape())); }), {x},
                          [axes](Vars v, const Var&, const Var& dy) { return Grads{spread_along(dy, axes, v[0].shape())}; });
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

namespace {

// Of rows (r, n), the product of the elements before each: those of the nearest 1, then 2, 4, ... places.
Var before(const Var& rows) {
    const Dim n = rows.dim(1);
    const auto shifted = [n](const Var& x, Dim places) { return slice(pad(x, {{places, 0}}, 1), 1, 0, n); };
    Var product = shifted(rows, 1);
    for (Dim places = 1; places < n; places *= 2) product = product * shifted(product, places);
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
        return Grads{spread_along(dy, axes, v[0].shape()) * slices.from_rows(before(rows) * flip(before(flip(rows, 1)), 1))};
    });
}

namespace {

// Where a result, max or min, came from, its number `g`, elsewhere 0.
Array at_extremes(const Reduction& r, const Array& x, const Array& best, const Array& g) {
    const Array slices = r.slices(x);
    Array d = filled(r.view.shape, 0);
    const Real *from = slices.storage().data(), *most = best.storage().data(), *number = g.storage().data();
    Real* to = d.data();
    for (Dim s = 0; s < r.results(); ++s) {
        Dim i = s / r.inner * r.n * r.inner + s % r.inner;
        while (from[i] != most[s] && from[i] == from[i]) i += r.inner;
        to[i] = number[s];
    }
    return r.undo(std::move(d), x.shape());
}

// max or min. A NaN is the result wherever there is one, and the first NaN gets the gradient.
Var extreme(const char* op, Reduce f, const In& x, const Axes& axes, Keep keep) {
    const Reduction r(op, x, axes, keep);
    r.expect_elements(op, x);
    Var y = record(op, {x}, r.reduce(f, r.slices(x.value())),
                   [r, x, dx = x.slot()](const Array& y, const Array& dy) { dx.add_grad(at_extremes(r, x.value(), y, dy)); });
    return differentiable(std::move(y), {x}, [r, axes](Vars v, const Var& y, const Var& dy) {
        const Array chosen = at_extremes(r, v[0].value(), y.value(), filled(y.shape(), 1));
        return Grads{where(chosen, spread_along(dy, axes, v[0].shape()), 0)};
    });
}

}  // namespace

Var max(In x, Axes axes, Keep keep) { return extreme("max", Reduce::max, x, axes, keep); }
Var min(In x, Axes axes, Keep keep) { return extreme("min", Reduce::min, x, axes, keep); }

// y = log(sum e^x), without overflow; -inf of nothing or of -inf only, with gradient 0. dx = dy softmax(x): e^(x - y) would have y's rounding.
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
        kernel::binary(kernel::Binary::mul, {r.outer, r.n}, std::as_const(d).storage().data(), rows, dy.storage().data(), repeat, d.data());
        dx.add_grad(r.undo(std::move(d), dx.shape()));
    });
    return differentiable(std::move(result), {x}, [axes](Vars v, const Var&, const Var& dy) {
        const SliceRows slices(axes, v[0].shape());
        return Grads{spread_along(dy, axes, v[0].shape()) * slices.from_rows(softmax(slices.rows_of(v[0])))};
    });
}

namespace {

// Is any (max) or every (min) element of a slice different from 0? `none` is the answer for no elements.
Var truth(const char* op, Reduce f, Real none, const In& x, const Axes& axes, Keep keep) {
    const Reduction r(op, x, axes, keep);
    if (r.n == 0) return Var(filled(r.result, none));
    Array differs = Array::from_shape(x.shape());
    const Real* from = x.data();
    std::transform(from, from + x.size(), differs.data(), [](Real value) { return static_cast<Real>(value != 0); });
    return Var(r.reduce(f, r.slices(differs)));
}

}  // namespace

Var any(In x, Axes axes, Keep keep) { return truth("any", Reduce::max, 0, x, axes, keep); }
Var all(In x, Axes axes, Keep keep) { return truth("all", Reduce::min, 1, x, axes, keep); }

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
    {.name = "mean/of nothing", .inputs = {{0, 3}}, .call = [](Vars in) { return mean(in[0], 0); }, .rejects = true},
    {.name = "prod/last axis", .inputs = {{3, 4}}, .call = [](Vars in) { return prod(in[0], -1); }},
    {.name = "prod/middle axis", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return prod(in[0], 1, keep_axis); }},
    {.name = "prod/a zero", .inputs = {{5}}, .call = [](Vars in) { return prod(in[0]); },
     .draw = [](RandomStream, std::uint64_t n) { return static_cast<double>(n) - 2; }},
    {.name = "prod/axes apart", .inputs = {{2, 3, 2}}, .call = [](Vars in) { return prod(in[0], {0, 2}); },
     .same_as = [](Vars in) { return prod(prod(in[0], 2), 0); }},
    {.name = "prod/of nothing", .inputs = {{0, 3}}, .call = [](Vars in) { return prod(in[0], 0); },
     .same_as = [](Vars in) { return sum(in[0], 0) + 1; }, .flat = true},
    {.name = "prod/no such axis", .inputs = {{2, 3}}, .call = [](Vars in) { return prod(in[0], -3); }, .rejects = true},
    {.name = "max/last axis", .inputs = {{3, 40}}, .call = [](Vars in) { return max(in[0], -1); }, .draw = draw::apart},
    {.name = "max/first axis", .inputs = {{3, 40}}, .call = [](Vars in) { return max(in[0], 0); }, .draw = draw::apart},
    {.name = "max/axes apart", .inputs = {{3, 2, 4}}, .call = [](Vars in) { return max(in[0], {0, 2}, keep_axis); },
     .same_as = [](Vars in) { return max(max(in[0], 2, keep_axis), 0, keep_axis); }, .draw = draw::apart},
    {.name = "max/of nothing", .inputs = {{2, 0}}, .call = [](Vars in) { return max(in[0], 1); }, .rejects = true},
    {.name = "min/everything", .inputs = {{3, 4}}, .call = [](Vars in) { return min(in[0]); },
     .same_as = [](Vars in) { return -max(-in[0]); }, .draw = draw::apart},
    {.name = "min/middle axis", .inputs = {{2, 5, 3}}, .call = [](Vars in) { return min(in[0], 1); },
     .same_as = [](Vars in) { return -max(-in[0], 1); }, .draw = draw::apart},
    {.name = "min/of nothing", .inputs = {{0}}, .call = [](Vars in) { return min(in[0]); }, .rejects = true},
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
    {.name = "logsumexp/no such axis", .inputs = {{3}}, .call = [](Vars in) { return logsumexp(in[0], 1); }, .rejects = true},
    {.name = "any/mask", .inputs = {{2, 3}}, .call = [](Vars in) { return any(triu(in[0], 2), -1, keep_axis) * in[0]; },
     .same_as = [](Vars in) { return in[0] * triu(ones({2, 1})); }},
    {.name = "any/of nothing", .inputs = {{2, 0}}, .call = [](Vars in) { return any(in[0], 1) + sum(in[0], 1); },
     .same_as = [](Vars in) { return sum(in[0], 1); }, .flat = true},
    {.name = "any/no such axis", .inputs = {{2}}, .call = [](Vars in) { return any(in[0], 1); }, .rejects = true},
    {.name = "all/mask", .inputs = {{2, 3}}, .call = [](Vars in) { return all(tril(in[0], 1), 0) * in[0]; },
     .same_as = [](Vars in) { return in[0] * tril(ones({1, 3}), 1); }},
    {.name = "all/of nothing", .inputs = {{2, 0}}, .call = [](Vars in) { return all(in[0], 1) + sum(in[0], 1); },
     .same_as = [](Vars in) { return sum(in[0], 1) + 1; }, .flat = true},
    {.name = "all/no such axis", .inputs = {{2}}, .call = [](Vars in) { return all(in[0], -2); }, .rejects = true})

}  // namespace heed
