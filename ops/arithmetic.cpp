#include <cmath>
#include <heed/ops/elementwise.hpp>
#include <heed/ops/higher_order.hpp>

namespace heed {

using kernel::Binary;
using kernel::Unary;

Array combine(Binary f, const Array& a, const Array& b) {
    Array y = array_over(Storage<Real>(a.storage().size()), a.shape());  // from_shape() makes a scalar first: 1 ns of 60 of a small op
    kernel::binary(f, a.storage().data(), b.storage().data(), y.data(), count(y));
    return y;
}

Array combine(Binary f, const Array& a, const Array& b, const Shape& shape) {
    if (a.shape() == b.shape()) return combine(f, a, b);
    const Shape step_a = broadcast_strides(a, shape), step_b = broadcast_strides(b, shape);
    Array y = Array::from_shape(shape);
    kernel::binary(f, shape, a.storage().data(), step_a.data(), b.storage().data(), step_b.data(), y.data());
    return y;
}

void combine_into(Binary f, Array& a, const Array& b) {
    Real* pa = a.data();
    const Real* pb = b.storage().data();
    if (a.shape() == b.shape()) kernel::binary(f, pa, pb, pa, count(a));
    else kernel::binary(f, a.shape(), pa, broadcast_strides(a, a.shape()).data(), pb, broadcast_strides(b, a.shape()).data(), pa);
}

namespace {

Array combine(const char* op, Binary f, const In& a, const In& b) {
    return a.shape() == b.shape() ? combine(f, a.value(), b.value())
                                  : combine(f, a.value(), b.value(), broadcast_shapes(op, a.shape(), b.shape(), b.at));
}

// The number behind an operand of rank 0 that wants no gradient, else null. It is kept as a number, not as an array. Inlined always, as
// Node::wants_grad() is: the ops of arithmetic ask first of all.
[[gnu::always_inline]] inline const Real* number(const In& x) { return x.rank() == 0 && !x.wants_grad() ? x.data() : nullptr; }

Array scale(Array x, Real factor) {
    kernel::scale(count(x), factor, x.data());
    return x;
}

Var add_number(const char* op, const In& x, Real s) {
    Array y = Array::from_shape(x.shape());
    kernel::map(Unary::add_scalar, x.data(), y.data(), x.size(), s);
    return differentiable(record(op, {x}, std::move(y), [dx = x.slot()](Array&& dy) { dx.add_grad(std::move(dy)); }), {x},
                          [](Vars, const Var&, const Var& dy) { return Grads{dy}; });
}

// A backward that takes f(dy, x) to the other operand.
auto combined_with(Binary f, const In& x, Slot other) {
    return [f, x, other = std::move(other)](Array&& dy) {
        combine_into(f, dy, x.value());
        other.add_grad(std::move(dy));
    };
}

Var multiply_number(const char* op, const In& x, Real s) {
    Array y = Array::from_shape(x.shape());
    kernel::map(Unary::mul_scalar, x.data(), y.data(), x.size(), s);
    return differentiable(record(op, {x}, std::move(y), [dx = x.slot(), s](Array&& dy) { dx.add_grad(scale(std::move(dy), s)); }), {x},
                          [s](Vars, const Var&, const Var& dy) { return Grads{dy * s}; });
}

}  // namespace

Var operator+(In a, In b) {
    if (const Real* s = number(b)) return add_number("add", a, *s);
    if (const Real* s = number(a)) return add_number("add", b, *s);
    Var y = record("add", {a, b}, combine("add", Binary::add, a, b), [da = a.slot(), db = b.slot()](Array&& dy) {
        if (!da) return db.add_grad(std::move(dy));
        if (db) db.add_grad(dy);
        da.add_grad(std::move(dy));
    });
    return differentiable(std::move(y), {a, b}, [](Vars, const Var&, const Var& dy) { return Grads{dy, dy}; });
}

Var operator-(In a, In b) {
    if (const Real* s = number(b)) return add_number("subtract", a, -*s);
    Var y = record("subtract", {a, b}, combine("subtract", Binary::sub, a, b), [da = a.slot(), db = b.slot()](Array&& dy) {
        if (da) da.add_grad(dy);
        if (db) db.add_grad(scale(std::move(dy), -1));
    });
    return differentiable(std::move(y), {a, b}, [](Vars, const Var&, const Var& dy) { return Grads{dy, -dy}; });
}

Var operator*(In a, In b) {
    if (const Real* s = number(b)) return multiply_number("multiply", a, *s);
    if (const Real* s = number(a)) return multiply_number("multiply", b, *s);
    const auto done = [&](Var y) {
        return differentiable(std::move(y), {a, b}, [](Vars x, const Var&, const Var& dy) { return Grads{dy * x[1], dy * x[0]}; });
    };
    Array y = combine("multiply", Binary::mul, a, b);
    if (!b.wants_grad()) return done(record("multiply", {a, b}, std::move(y), combined_with(Binary::mul, b, a.slot())));  // a is read no more
    if (!a.wants_grad()) return done(record("multiply", {a, b}, std::move(y), combined_with(Binary::mul, a, b.slot())));
    return done(record("multiply", {a, b}, std::move(y), [a, b, da = a.slot(), db = b.slot()](Array&& dy) {
        da.add_grad(combine(Binary::mul, dy, b.value(), dy.shape()));
        combine_into(Binary::mul, dy, a.value());
        db.add_grad(std::move(dy));
    }));
}

// d(a / b) = da / b - y db / b
Var operator/(In a, In b) {
    const auto done = [&](Var y) {
        return differentiable(std::move(y), {a, b}, [](Vars x, const Var& y, const Var& dy) {
            const Var da = dy / x[1];
            return Grads{da, -(da * y)};
         });
    };
    Array y = combine("divide", Binary::div, a, b);
    if (!b.wants_grad()) return done(record("divide", {a, b}, std::move(y), combined_with(Binary::div, b, a.slot())));
    return done(record("divide", {a, b}, std::move(y), [b, da = a.slot(), db = b.slot()](const Array& y, Array&& dy) {
        combine_into(Binary::div, dy, b.value());
        db.add_grad(scale(combine(Binary::mul, dy, y, dy.shape()), -1));
        if (da) da.add_grad(std::move(dy));
    }));
}

Var operator-(In x) { return multiply_number("negate", x, -1); }

// dy/da = b a^(b-1), 0 where b == 0; dy/db = y log a, 0 where a <= 0: there a^b is defined at whole b alone (0^0 = 1).
Var pow(In a, In b) {
    if (const Real* s = number(b)) {
        const Real exponent = *s;
        const Unary f = exponent == 2 ? Unary::square : Unary::pow_scalar;
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
    Var power = record("pow", {a, b}, combine("pow", Binary::pow, a, b), [a, b, da = a.slot(), db = b.slot()](const Array& y, const Array& dy) {
        const auto by_base = [](Real g, Real base, Real n) { return n == 0 ? 0 : g * n * std::pow(base, n - 1); };
        const auto by_exponent = [](Real g, Real power, Real base) { return base <= 0 ? 0 : g * power * std::log(base); };
        if (da) da.add_grad(zip(dy.shape(), by_base, dy, a.value(), b.value()));
        if (db) db.add_grad(zip(dy.shape(), by_exponent, dy, y, a.value()));
    });
    return differentiable(std::move(power), {a, b}, [](Vars x, const Var& y, const Var& dy) {
        const Var &base = x[0], &n = x[1], flat = equal(n, 0), outside = base <= 0;  // what is not chosen must have a finite gradient, too
        const Var by_base = dy * n * pow(where(flat, 1, base), where(flat, 1, n - 1));
        return Grads{where(flat, 0, by_base), where(outside, 0, dy * y * log(where(outside, 1, base)))};
    });
}

namespace {

// f is max or min, and `wins` says whether its first operand is the result. Ties share the gradient.
template <class Wins>
Var extreme(const char* op, Binary f, const In& a, const In& b, Wins wins) {
    Var y = record(op, {a, b}, combine(op, f, a, b), [a, b, da = a.slot(), db = b.slot(), wins](const Array& dy) {
        const auto share = [wins](Real g, Real x, Real other) { return x == other ? g / 2 : wins(x, other) ? g : 0; };
        if (da) da.add_grad(zip(dy.shape(), share, dy, a.value(), b.value()));
        if (db) db.add_grad(zip(dy.shape(), share, dy, b.value(), a.value()));
    });
    return differentiable(std::move(y), {a, b}, [wins](Vars x, const Var& y, const Var& dy) {
        const auto share = [&](const Var& own, const Var& other) {
            const Var won(zip(y.shape(), [wins](Real p, Real q) { return static_cast<Real>(wins(p, q)); }, own.value(), other.value()));
            return where(equal(own, other), dy / 2, where(won, dy, 0));
        };
        return Grads{share(x[0], x[1]), share(x[1], x[0])};
    });
}

}  // namespace

// A NaN on either side is the result, and gets the gradient.
Var maximum(In a, In b) {
    return extreme("maximum", Binary::max, a, b, [](Real x, Real other) { return x > other || x != x; });
}
Var minimum(In a, In b) {
    return extreme("minimum", Binary::min, a, b, [](Real x, Real other) { return x < other || x != x; });
}

HEED_OP_CASES(
    {.name = "add/same shape", .inputs = {{2, 3}, {2, 3}}, .call = [](Vars in) { return in[0] + in[1]; }},
    {.name = "add/row", .inputs = {{2, 3}, {3}}, .call = [](Vars in) { return in[0] + in[1]; }},
    {.name = "add/outer", .inputs = {{2, 1, 3}, {4, 1}}, .call = [](Vars in) { return in[0] + in[1]; }},
    {.name = "add/number", .inputs = {{2, 3}}, .call = [](Vars in) { return 1.5 + (in[0] + 2); }},
    {.name = "add/scalars", .inputs = {{}, {}}, .call = [](Vars in) { return in[0] + in[1]; }},
    {.name = "add/scalar that learns", .inputs = {{}, {2, 3}}, .call = [](Vars in) { return in[0] + in[1]; }},
    {.name = "add/empty", .inputs = {{0, 3}, {3}}, .call = [](Vars in) { return in[0] + in[1]; }, .flat = true},
    {.name = "add/shapes differ", .inputs = {{2, 3}, {2}}, .call = [](Vars in) { return in[0] + in[1]; }, .rejects = true},
    {.name = "subtract/same shape", .inputs = {{5}, {5}}, .call = [](Vars in) { return in[0] - in[1]; }},
    {.name = "subtract/column", .inputs = {{2, 3}, {2, 1}}, .call = [](Vars in) { return in[0] - in[1]; }},
    {.name = "subtract/number", .inputs = {{2, 3}}, .call = [](Vars in) { return in[0] - 2; }, .same_as = [](Vars in) { return in[0] + -2; }},
    {.name = "subtract/from a number", .inputs = {{2, 3}}, .call = [](Vars in) { return 2 - in[0]; }, .same_as = [](Vars in) { return -in[0] + 2; }},
    {.name = "subtract/shapes differ", .inputs = {{2, 3}, {3, 2}}, .call = [](Vars in) { return in[0] - in[1]; }, .rejects = true},
    {.name = "multiply/same shape", .inputs = {{2, 3, 2}, {2, 3, 2}}, .call = [](Vars in) { return in[0] * in[1]; }},
    {.name = "multiply/with itself", .inputs = {{17}}, .call = [](Vars in) { return in[0] * in[0]; }},
    {.name = "multiply/outer", .inputs = {{4, 1}, {1, 3}}, .call = [](Vars in) { return in[0] * in[1]; }},
    {.name = "multiply/constant mask", .inputs = {{2, 3}}, .call = [](Vars in) { return in[0] * tril(ones({2, 3}), 1); }},
    {.name = "multiply/constant first", .inputs = {{2, 3}}, .call = [](Vars in) { return tril(ones({2, 3}), 1) * in[0]; }},
    {.name = "multiply/number", .inputs = {{2, 3}}, .call = [](Vars in) { return 2 * (in[0] * 0.75); }},
    {.name = "multiply/scalar that learns", .inputs = {{}, {2, 3}}, .call = [](Vars in) { return in[0] * in[1]; }},
    {.name = "multiply/empty", .inputs = {{2, 0}, {1}}, .call = [](Vars in) { return in[0] * in[1]; }, .flat = true},
    {.name = "multiply/shapes differ", .inputs = {{4}, {3}}, .call = [](Vars in) { return in[0] * in[1]; }, .rejects = true},
    {.name = "divide/same shape", .inputs = {{2, 3}, {2, 3}}, .call = [](Vars in) { return in[0] / in[1]; }, .draw = draw::positive},
    {.name = "divide/broadcast", .inputs = {{3}, {2, 1}}, .call = [](Vars in) { return in[0] / in[1]; }, .draw = draw::positive},
    {.name = "divide/by a number", .inputs = {{2, 3}}, .call = [](Vars in) { return in[0] / 4; }, .same_as = [](Vars in) { return in[0] * 0.25; }},
    {.name = "divide/a number", .inputs = {{2, 3}}, .call = [](Vars in) { return 3 / in[0]; }, .draw = draw::positive},
    {.name = "divide/shapes differ", .inputs = {{2, 3}, {2}}, .call = [](Vars in) { return in[0] / in[1]; }, .rejects = true},
    {.name = "negate/square", .inputs = {{2, 3}}, .call = [](Vars in) { return -in[0]; }, .same_as = [](Vars in) { return 0 - in[0]; }},
    {.name = "negate/scalar", .inputs = {{}}, .call = [](Vars in) { return -in[0]; }},
    {.name = "pow/same shape", .inputs = {{2, 3}, {2, 3}}, .call = [](Vars in) { return pow(in[0], in[1]); }, .draw = draw::positive},
    {.name = "pow/broadcast", .inputs = {{3, 1}, {2}}, .call = [](Vars in) { return pow(in[0], in[1]); }, .draw = draw::positive},
    {.name = "pow/squares", .inputs = {{7}}, .call = [](Vars in) { return pow(in[0], 2); }, .same_as = [](Vars in) { return in[0] * in[0]; }},
    {.name = "pow/cubes of negative numbers", .inputs = {{7}}, .call = [](Vars in) { return pow(in[0], 3); },
     .same_as = [](Vars in) { return in[0] * in[0] * in[0]; }},
    {.name = "pow/zeroth", .inputs = {{3}}, .call = [](Vars in) { return pow(in[0] * 0, 0); }, .flat = true},
    {.name = "pow/of a number", .inputs = {{2, 3}}, .call = [](Vars in) { return pow(2, in[0]); },
     .same_as = [](Vars in) { return exp(in[0] * std::log(2.0)); }},
    {.name = "pow/of zero", .inputs = {{3}}, .call = [](Vars in) { return pow(zeros({3}), in[0]); }, .flat = true, .draw = draw::positive},
    {.name = "pow/shapes differ", .inputs = {{2}, {3}}, .call = [](Vars in) { return pow(in[0], in[1]); }, .rejects = true},
    {.name = "maximum/broadcast", .inputs = {{4, 3}, {3}}, .call = [](Vars in) { return maximum(in[0], in[1]); }, .draw = draw::apart},
    {.name = "maximum/ties", .inputs = {{5}}, .call = [](Vars in) { return maximum(in[0], in[0]); }, .same_as = [](Vars in) { return in[0] * 1; }},
    {.name = "maximum/number", .inputs = {{2, 3}}, .call = [](Vars in) { return maximum(in[0], 0); },
     .same_as = [](Vars in) { return relu(in[0]); }, .draw = draw::apart},
    {.name = "maximum/shapes differ", .inputs = {{2}, {3}}, .call = [](Vars in) { return maximum(in[0], in[1]); }, .rejects = true},
    {.name = "minimum/same shape", .inputs = {{8, 9}, {8, 9}}, .call = [](Vars in) { return minimum(in[0], in[1]); },
     .same_as = [](Vars in) { return -maximum(-in[0], -in[1]); }, .draw = draw::apart},
    {.name = "minimum/ties", .inputs = {{5}}, .call = [](Vars in) { return minimum(in[0], in[0]); }, .same_as = [](Vars in) { return in[0] * 1; }},
    {.name = "minimum/shapes differ", .inputs = {{2}, {3}}, .call = [](Vars in) { return minimum(in[0], in[1]); }, .rejects = true})

}  // namespace heed
