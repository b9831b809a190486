// pow: a to the power of b.
#include <cmath>
#include <heed/ops/elementwise/arithmetic.hpp>

namespace heed {

using kernel::Binary;
using kernel::Unary;

// dy/da = b a^(b-1), 0 where b == 0; dy/db = y log a, 0 where a <= 0: there a^b is defined at whole b alone (0^0 = 1).
Var pow(In a, In b) {
    if (const Real* s = number(b)) {
        const Real exponent = *s;
        const Unary f = exponent == 2 ? Unary::square : exponent == 3 ? Unary::cube : Unary::pow_scalar;
        Array y = Array::from_shape(a.shape());
        kernel::map(f, a.data(), y.data(), a.size(), exponent);
        Var power = record("pow", {a, b}, std::move(y), [f, exponent, a, da = a.slot()](Array&& dy) {
            Real* g = dy.data();
            kernel::map_backward(f, a.data(), nullptr, g, g, count(dy), exponent);
            da.add_grad(std::move(dy));
        });
        return differentiable(std::move(power), {a}, [exponent](Vars x, const Var&, const Var& dy) {
            return Grads{exponent == 0 ? zeros(dy.shape()) : dy * exponent * pow(x[0], exponent - 1)};
        });
    }
    Var power = record("pow", {a, b}, combine("pow", Binary::pow, a, b),
                       [a, b, da = a.slot(), db = b.slot()](const Array& y, const Array& dy) {
                           const auto by_base = [](Real g, Real base, Real n) {
                               return n == 0 ? 0 : g * n * std::pow(base, n - 1);
                           };
                           const auto by_exponent = [](Real g, Real power, Real base) {
                               return base <= 0 ? 0 : g * power * std::log(base);
                           };
                           if (da) da.add_grad(zip(dy.shape(), by_base, dy, a.value(), b.value()));
                           if (db) db.add_grad(zip(dy.shape(), by_exponent, dy, y, a.value()));
                       });
    return differentiable(std::move(power), {a, b}, [](Vars x, const Var& y, const Var& dy) {
        const Var &base = x[0], &n = x[1], flat = equal(n, 0),
                  outside = base <= 0;  // what is not chosen must have a finite gradient, too
        const Var by_base = dy * n * pow(where(flat, 1, base), where(flat, 1, n - 1));
        return Grads{where(flat, 0, by_base), where(outside, 0, dy * y * log(where(outside, 1, base)))};
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "pow/same shape", .inputs = {{2, 3}, {2, 3}}, .call = [](Vars in) { return pow(in[0], in[1]); }, .draw = draw::positive},
    {.name = "pow/broadcast", .inputs = {{3, 1}, {2}}, .call = [](Vars in) { return pow(in[0], in[1]); }, .draw = draw::positive},
    {.name = "pow/squares", .inputs = {{7}}, .call = [](Vars in) { return pow(in[0], 2); }, .same_as = [](Vars in) { return in[0] * in[0]; }},
    {.name = "pow/cubes of negative numbers", .inputs = {{7}}, .call = [](Vars in) { return pow(in[0], 3); },
     .same_as = [](Vars in) { return in[0] * in[0] * in[0]; }},
    {.name = "pow/zeroth", .inputs = {{3}}, .call = [](Vars in) { return pow(in[0] * 0, 0); }, .flat = true},
    {.name = "pow/of a number", .inputs = {{2, 3}}, .call = [](Vars in) { return pow(2, in[0]); },
     .same_as = [](Vars in) { return exp(in[0] * std::log(2.0)); }},
    {.name = "pow/of zero", .inputs = {{3}}, .call = [](Vars in) { return pow(zeros({3}), in[0]); }, .flat = true, .draw = draw::positive},
    {.name = "pow/shapes differ", .inputs = {{2}, {3}}, .call = [](Vars in) { return pow(in[0], in[1]); }, .rejects = true})
// clang-format on

}  // namespace heed
