// Elementwise functions of one operand: exponentials and logarithms, powers, signs, whole numbers.
#include <cmath>
#include <numbers>
#include <fmt/format.h>
#include <heed/ops/elementwise/unary.hpp>

namespace heed {

using kernel::Unary;

Array mapped(Unary f, const In& x, Real p, Real q) {
    Array y = Array::from_shape(x.shape());
    kernel::map(f, x.data(), y.data(), x.size(), p, q);
    return y;
}

namespace {

// The gradient is written over dy. The closure keeps x or the result, whichever the derivative reads.
Var recorded(const char* op, Unary f, const In& x, Real p, Real q) {
    if (kernel::reads_x(f)) {
        return record(op, {x}, mapped(f, x, p, q), [f, p, q, x, dx = x.slot()](Array&& dy) {
            Real* g = dy.data();
            kernel::map_backward(f, x.data(), nullptr, g, g, count(dy), p, q);
            dx.add_grad(std::move(dy));
        });
    }
    return record(op, {x}, mapped(f, x, p, q), [f, dx = x.slot()](const Array& y, Array&& dy) {
        Real* g = dy.data();
        kernel::map_backward(f, nullptr, y.storage().data(), g, g, count(dy));
        dx.add_grad(std::move(dy));
    });
}

using D = const Chain&;

}  // namespace

Var elementwise(const char* op, Unary f, const In& x, ChainRule rule, Real p, Real q) {
    return differentiable(recorded(op, f, x, p, q), {x}, [rule, p, q](Vars v, const Var& y, const Var& dy) {
        return Grads{rule({v[0], y, dy, p, q})};
    });
}

Var exp(In x) {
    return elementwise("exp", Unary::exp, x, [](D d) { return d.dy * d.y; });
}
Var exp2(In x) {
    return elementwise("exp2", Unary::exp2, x, [](D d) { return d.dy * d.y * std::numbers::ln2; });
}

// e^x - 1, with its digits near 0.
Var expm1(In x) {
    return elementwise("expm1", Unary::expm1, x, [](D d) { return d.dy * (d.y + 1); });
}

Var log(In x) {
    return elementwise("log", Unary::log, x, [](D d) { return d.dy / d.x; });
}
Var log2(In x) {
    return elementwise("log2", Unary::log2, x, [](D d) { return d.dy * std::numbers::log2e / d.x; });
}

// log(1 + x), with the digits of a small x.
Var log1p(In x) {
    return elementwise("log1p", Unary::log1p, x, [](D d) { return d.dy / (d.x + 1); });
}

Var sqrt(In x) {
    return elementwise("sqrt", Unary::sqrt, x, [](D d) { return d.dy * 0.5 / d.y; });
}
Var rsqrt(In x) {
    return elementwise("rsqrt", Unary::rsqrt, x, [](D d) { return d.dy * -0.5 * d.y * d.y * d.y; });
}
Var square(In x) {
    return elementwise("square", Unary::square, x, [](D d) { return d.dy * (d.x + d.x); });
}
Var erf(In x) {
    return elementwise("erf", Unary::erf, x,
                       [](D d) { return d.dy * std::sqrt(4 / std::numbers::pi) * exp(-square(clamp(d.x, -40, 40))); });
}
Var abs(In x) {
    return elementwise("abs", Unary::abs, x, [](D d) { return where(d.x > 0, d.dy, where(d.x < 0, -d.dy, 0)); });
}

Var sign(In x) { return Var(mapped(Unary::sign, x)); }
Var round(In x) { return Var(mapped(Unary::round, x)); }
Var floor(In x) { return Var(mapped(Unary::floor, x)); }
Var ceil(In x) { return Var(mapped(Unary::ceil, x)); }
Var trunc(In x) { return Var(mapped(Unary::trunc, x)); }

// The gradient passes where low <= x <= high. Either bound may be infinite; NaN stays NaN and passes none.
Var clamp(In x, double low, double high) {
    require(
        low <= high, "clamp", [&] { return fmt::format("low is {} and high is {}; expected low <= high", low, high); },
        x.at);
    return elementwise(
        "clamp", Unary::clamp, x, [](D d) { return where(d.x >= d.p, where(d.x <= d.q, d.dy, 0), 0); },
        static_cast<Real>(low), static_cast<Real>(high));
}

// clang-format off
HEED_OP_CASES(
    {.name = "abs/matrix", .inputs = {{2, 3}}, .call = [](Vars in) { return abs(in[0]); },
     .same_as = [](Vars in) { return maximum(in[0], -in[0]); }, .draw = draw::apart},
    {.name = "abs/at zero", .inputs = {{3}}, .call = [](Vars in) { return abs(in[0] * 0); }, .flat = true},
    {.name = "sign/times itself", .inputs = {{7}}, .call = [](Vars in) { return sign(in[0]) * in[0]; },
     .same_as = [](Vars in) { return abs(in[0]); }, .draw = draw::apart},
    {.name = "exp/cube", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return exp(in[0]); }},
    {.name = "exp/scalar", .inputs = {{}}, .call = [](Vars in) { return exp(in[0]); }},
    {.name = "exp/empty", .inputs = {{0, 4}}, .call = [](Vars in) { return exp(in[0]); }, .flat = true},
    {.name = "exp2/matrix", .inputs = {{3, 7}}, .call = [](Vars in) { return exp2(in[0]); },
     .same_as = [](Vars in) { return exp(in[0] * 0.69314718055994531); }},
    {.name = "expm1/matrix", .inputs = {{3, 7}}, .call = [](Vars in) { return expm1(in[0]); },
     .same_as = [](Vars in) { return exp(in[0]) - 1; }},
    {.name = "expm1/empty", .inputs = {{0, 4}}, .call = [](Vars in) { return expm1(in[0]); }, .flat = true},
    {.name = "log/positive", .inputs = {{2, 3}}, .call = [](Vars in) { return log(in[0]); }, .draw = draw::positive},
    {.name = "log/of exp", .inputs = {{5}}, .call = [](Vars in) { return log(exp(in[0])); }, .same_as = [](Vars in) { return in[0] * 1; }},
    {.name = "log2/positive", .inputs = {{3, 7}}, .call = [](Vars in) { return log2(in[0]); },
     .same_as = [](Vars in) { return log(in[0]) * 1.4426950408889634; }, .draw = draw::positive},
    {.name = "log1p/positive", .inputs = {{3, 7}}, .call = [](Vars in) { return log1p(in[0]); },
     .same_as = [](Vars in) { return log(1 + in[0]); }, .draw = draw::positive},
    {.name = "log1p/of expm1", .inputs = {{9}}, .call = [](Vars in) { return log1p(expm1(in[0])); },
     .same_as = [](Vars in) { return in[0] * 1; }},
    {.name = "sqrt/positive", .inputs = {{19}}, .call = [](Vars in) { return sqrt(in[0]); },
     .same_as = [](Vars in) { return pow(in[0], 0.5); }, .draw = draw::positive},
    {.name = "rsqrt/positive", .inputs = {{2, 5}}, .call = [](Vars in) { return rsqrt(in[0]); },
     .same_as = [](Vars in) { return 1 / sqrt(in[0]); }, .draw = draw::positive},
    {.name = "square/matrix", .inputs = {{3, 3}}, .call = [](Vars in) { return square(in[0]); }, .same_as = [](Vars in) { return in[0] * in[0]; }},
    {.name = "erf/vector", .inputs = {{20}}, .call = [](Vars in) { return erf(in[0]); }},
    {.name = "clamp/both ends", .inputs = {{5, 5}}, .call = [](Vars in) { return clamp(in[0], -1, 1.5); },
     .same_as = [](Vars in) { return minimum(maximum(in[0], -1), 1.5); }, .draw = draw::apart},
    {.name = "clamp/ends crossed", .inputs = {{3}}, .call = [](Vars in) { return clamp(in[0], 1, -1); }, .rejects = true},
    {.name = "clamp/no number", .inputs = {{3}}, .call = [](Vars in) { return clamp(in[0], NAN, 1); }, .rejects = true},
    {.name = "round/straight through", .inputs = {{6}}, .call = [](Vars in) { return in[0] * 2 - round(in[0]); }, .draw = draw::apart},
    {.name = "floor/fraction", .inputs = {{6}}, .call = [](Vars in) { return in[0] - floor(in[0]); }, .draw = draw::apart},
    {.name = "ceil/up to a whole number", .inputs = {{6}}, .call = [](Vars in) { return ceil(in[0]) - in[0]; },
     .same_as = [](Vars in) { return -(floor(-in[0]) + in[0]); }, .draw = draw::apart},
    {.name = "trunc/fraction", .inputs = {{6}}, .call = [](Vars in) { return in[0] * 2 - trunc(in[0] * 2); },
     .same_as = [](Vars in) { return in[0] * 2 - sign(in[0]) * floor(abs(in[0] * 2)); }, .draw = draw::apart})
// clang-format on

}  // namespace heed
