// cumprod: running products along one axis.
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/kernel/rows/running.hpp>
#include <heed/ops/shape/slices.hpp>

namespace heed {
namespace {

template <class Step>
void along(const Slices& s, bool reverse, double first, Step step) {
    kernel::running(s.outer, s.n, s.inner, reverse, first, step);
}

// a b, but 0 where a is 0, whatever b is: behind a zero the derivative is 0.
double cut(double a, double b) { return a == 0 ? 0 : a * b; }

// Of values (outer, n, inner), those of the next index, with 0 at the last, and of the previous one.
Var next_of(const Var& x) { return slice(pad(x, {{0, 1}, {0, 0}}), 1, 1, x.dim(1) + 1); }
Var previous_of(const Var& x, double first) { return slice(pad(x, {{1, 0}, {0, 0}}, first), 1, 0, x.dim(1)); }

Var backwards(const Var& x) { return flip(x, 1); }

// s_i = b_i + a_i s_{i-1} of values (outer, n, inner). Its derivative is the same recurrence from the end, with the
// next factor: u_i = ds_i + a_{i+1} u_{i+1}, db = u, da_i = u_i s_{i-1}.
Var recurrence(const In& a, const In& b) {
    Array y = Array::from_shape(b.shape());
    along(Slices(b.shape(), 1), false, 0, [factor = a.data(), added = b.data(), to = y.data()](Dim i, double& s) {
        to[i] = static_cast<Real>(s = added[i] + cut(factor[i], s));
    });
    const auto derivative = [](const Var& a, const Var& s, const Var& ds) {
        const Var u = backwards(recurrence(backwards(next_of(a)), backwards(ds)));
        return Grads{u * previous_of(s, 0), u};
    };
    Var s = record("cumprod", {a, b}, std::move(y),
                   [a, derivative, da = a.slot(), db = b.slot()](const Array& s, const Array& ds) {
                       const Grads grads = derivative(a.value(), s, ds);  // of constants: nothing is recorded
                       da.add_grad(grads[0].value());
                       db.add_grad(grads[1].value());
                   });
    return differentiable(std::move(s), {a, b},
                          [derivative](Vars v, const Var& s, const Var& ds) { return derivative(v[0], s, ds); });
}

}  // namespace

// y_i = prod_{j <= i} x_j along one axis. dx_i = (prod_{j < i} x_j) s_i with s_i = dy_i + x_{i+1} s_{i+1}: right for
// zeros, too.
Var cumprod(In x, Dim axis) {
    const Slices s(x.shape(), find_axis("cumprod", axis, x.shape(), x.at));
    Array y = Array::from_shape(x.shape());
    along(s, false, 1,
          [from = x.data(), to = y.data()](Dim i, double& product) { to[i] = static_cast<Real>(product *= from[i]); });
    Var products = record("cumprod", {x}, std::move(y), [s, x, dx = x.slot()](const Array& dy) {
        Array d = Array::from_shape(dy.shape());
        Real* const to = d.data();
        const Real* const from = x.data();
        along(s, true, 0, [=, g = dy.storage().data()](Dim i, double& following) {
            to[i] = static_cast<Real>(g[i] + following);
            following = cut(from[i], to[i]);
        });
        along(s, false, 1, [=](Dim i, double& before) {
            to[i] = static_cast<Real>(cut(before, to[i]));
            before *= from[i];
        });
        dx.add_grad(std::move(d));
    });
    return differentiable(std::move(products), {x}, [s](Vars v, const Var&, const Var& dy) {
        const Shape rows{s.outer, s.n, s.inner};
        const Var x = reshape(v[0], rows), before = cumprod(previous_of(x, 1), 1);
        const Var after = backwards(recurrence(backwards(next_of(x)), backwards(reshape(dy, rows))));
        const Var none = logical_and(equal(before, 0), not_equal(after - after, 0));  // not finite, behind a zero
        return Grads{reshape(where(none, 0, before * after), v[0].shape())};
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "cumprod/last axis", .inputs = {{2, 5}}, .call = [](Vars in) { return cumprod(in[0], -1); },
     .same_as = [](Vars in) {
         std::vector<Var> products;
         for (const Dim n : {1, 2, 3, 4, 5}) products.push_back(prod(slice(in[0], 1, 0, n), 1));
         return stack(products, 1);
     }},
    {.name = "cumprod/first axis", .inputs = {{4, 3}}, .call = [](Vars in) { return cumprod(in[0], 0); },
     .same_as = [](Vars in) { return transpose(cumprod(transpose(in[0]), 1)); }},
    {.name = "cumprod/middle axis", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return cumprod(in[0], 1); }},
    {.name = "cumprod/positive", .inputs = {{2, 30}}, .call = [](Vars in) { return cumprod(in[0], 1); },
     .same_as = [](Vars in) { return exp(cumsum(log(in[0]), 1)); },
     .draw = [](RandomStream stream, std::uint64_t n) { return 0.9 + stream.uniform(n) / 5; }},
    {.name = "cumprod/zeros", .inputs = {{7}}, .call = [](Vars in) { return cumprod(in[0], 0); },
     .same_as = [](Vars in) {
         std::vector<Var> products;
         for (const Dim n : {1, 2, 3, 4, 5, 6, 7}) products.push_back(prod(slice(in[0], 0, 0, n)));
         return stack(products);
     },
     .draw = [](RandomStream, std::uint64_t n) { return n % 3 == 2 ? 0 : static_cast<double>(n) - 1.5; }},
    {.name = "cumprod/empty", .inputs = {{2, 0}}, .call = [](Vars in) { return cumprod(in[0], 1); }, .flat = true},
    {.name = "cumprod/scalar", .inputs = {{}}, .call = [](Vars in) { return cumprod(in[0], 0); }, .rejects = true})
// clang-format on

}  // namespace heed
