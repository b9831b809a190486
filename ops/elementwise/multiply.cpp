// multiply: a * b, and negate: the product with -1.
#include <heed/ops/elementwise/arithmetic.hpp>

namespace heed {

using kernel::Binary;
using kernel::Unary;

namespace {

Var multiply_number(const char* op, const In& x, Real s) {
    Array y = Array::from_shape(x.shape());
    kernel::map(Unary::mul_scalar, x.data(), y.data(), x.size(), s);
    return differentiable(
        record(op, {x}, std::move(y), [dx = x.slot(), s](Array&& dy) { dx.add_grad(scale(std::move(dy), s)); }), {x},
        [s](Vars, const Var&, const Var& dy) { return Grads{dy * s}; });
}

}  // namespace

Var operator*(In a, In b) {
    if (const Real* s = number(b)) return multiply_number("multiply", a, *s);
    if (const Real* s = number(a)) return multiply_number("multiply", b, *s);
    const auto done = [&](Var y) {
        return differentiable(std::move(y), {a, b}, [](Vars x, const Var&, const Var& dy) {
            return Grads{dy * x[1], dy * x[0]};
        });
    };
    Array y = combine("multiply", Binary::mul, a, b);
    if (!b.wants_grad())
        return done(
            record("multiply", {a, b}, std::move(y), combined_with(Binary::mul, b, a.slot())));  // a is read no more
    if (!a.wants_grad()) return done(record("multiply", {a, b}, std::move(y), combined_with(Binary::mul, a, b.slot())));
    return done(record("multiply", {a, b}, std::move(y), [a, b, da = a.slot(), db = b.slot()](Array&& dy) {
        da.add_grad(combine(Binary::mul, dy, b.value(), dy.shape()));
        combine_into(Binary::mul, dy, a.value());
        db.add_grad(std::move(dy));
    }));
}

Var operator-(In x) { return multiply_number("negate", x, -1); }

Var& operator*=(Var& x, In b) { return x = In(x, b.at) * b; }

// clang-format off
HEED_OP_CASES(
    {.name = "multiply/in place", .inputs = {{2, 3}, {3}}, .call = [](Vars in) { Var x = in[0] * 1; x *= in[1]; return x; },
     .same_as = [](Vars in) { return in[0] * in[1]; }},
    {.name = "multiply/same shape", .inputs = {{2, 3, 2}, {2, 3, 2}}, .call = [](Vars in) { return in[0] * in[1]; }},
    {.name = "multiply/with itself", .inputs = {{17}}, .call = [](Vars in) { return in[0] * in[0]; }},
    {.name = "multiply/outer", .inputs = {{4, 1}, {1, 3}}, .call = [](Vars in) { return in[0] * in[1]; }},
    {.name = "multiply/constant mask", .inputs = {{2, 3}}, .call = [](Vars in) { return in[0] * tril(ones({2, 3}), 1); }},
    {.name = "multiply/constant first", .inputs = {{2, 3}}, .call = [](Vars in) { return tril(ones({2, 3}), 1) * in[0]; }},
    {.name = "multiply/number", .inputs = {{2, 3}}, .call = [](Vars in) { return 2 * (in[0] * 0.75); }},
    {.name = "multiply/scalar that learns", .inputs = {{}, {2, 3}}, .call = [](Vars in) { return in[0] * in[1]; }},
    {.name = "multiply/empty", .inputs = {{2, 0}, {1}}, .call = [](Vars in) { return in[0] * in[1]; }, .flat = true},
    {.name = "multiply/shapes differ", .inputs = {{4}, {3}}, .call = [](Vars in) { return in[0] * in[1]; }, .rejects = true},
    {.name = "negate/square", .inputs = {{2, 3}}, .call = [](Vars in) { return -in[0]; }, .same_as = [](Vars in) { return 0 - in[0]; }},
    {.name = "negate/scalar", .inputs = {{}}, .call = [](Vars in) { return -in[0]; }})
// clang-format on

}  // namespace heed
