// Elementwise functions of one operand.
#include <cmath>
#include <numbers>
#include <fmt/format.h>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/kernel/elementwise/pointwise.hpp>

namespace heed {

using kernel::Unary;

namespace {

Array mapped(Unary f, const In& x, Real p = 0, Real q = 0) {
    Array y = Array::from_shape(x.shape());
    kernel::map(f, x.data(), y.data(), x.size(), p, q);
    return y;
}

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

// dy f'(x), written with ops. Where a derivative has reached its limit, x is clamped: 0 times infinity would be NaN.
Var differentiated(Unary f, const Var& x, const Var& y, const Var& dy, Real p, Real q) {
    const double root_half = std::sqrt(0.5), density = std::sqrt(0.5 / std::numbers::pi);
    switch (f) {
    case Unary::abs: return where(x > 0, dy, where(x < 0, -dy, 0));
    case Unary::exp: return dy * y;
    case Unary::log: return dy / x;
    case Unary::sqrt: return dy * 0.5 / y;
    case Unary::rsqrt: return dy * -0.5 * y * y * y;
    case Unary::square: return dy * (x + x);
    case Unary::sin: return dy * cos(x);
    case Unary::cos: return -dy * sin(x);
    case Unary::erf: return dy * std::sqrt(4 / std::numbers::pi) * exp(-square(clamp(x, -40, 40)));
    case Unary::tanh: return dy * (1 - square(y));
    case Unary::sigmoid: return dy * (y * (1 - y));
    case Unary::relu: return where(y <= 0, 0, dy);
    case Unary::gelu: {
        const Var z = clamp(x, -40, 40);
        return dy * (0.5 * (1 + erf(z * root_half)) + density * z * exp(-0.5 * square(z)));
    }
    case Unary::gelu_tanh: {
        const double scale = std::sqrt(2 / std::numbers::pi), cubic = 0.044715;
        const Var z = clamp(x, -20, 20), t = tanh(scale * (z + cubic * z * z * z));
        return dy * (0.5 * (1 + t) + 0.5 * scale * z * (1 - square(t)) * (1 + 3 * cubic * square(z)));
    }
    case Unary::silu: {
        const Var z = clamp(x, -1000, 1000), s = sigmoid(z);
        return dy * s * (1 + z * (1 - s));
    }
    case Unary::softplus: return dy * sigmoid(x);
    case Unary::log_sigmoid: return dy * sigmoid(-x);
    case Unary::leaky_relu: return where(x > 0, dy, dy * p);
    case Unary::elu: return where(x > 0, dy, dy * (p * exp(minimum(x, 0))));
    case Unary::clamp: return where(x >= p, where(x <= q, dy, 0), 0);
    default: throw TapeError("differentiated: a function without a gradient");
    }
}

Var apply(const char* op, Unary f, const In& x, Real p = 0, Real q = 0) {
    return differentiable(recorded(op, f, x, p, q), {x}, [f, p, q](Vars v, const Var& y, const Var& dy) {
        return Grads{differentiated(f, v[0], y, dy, p, q)};
    });
}

}  // namespace

Var abs(In x) { return apply("abs", Unary::abs, x); }
Var exp(In x) { return apply("exp", Unary::exp, x); }
Var log(In x) { return apply("log", Unary::log, x); }
Var sqrt(In x) { return apply("sqrt", Unary::sqrt, x); }
Var rsqrt(In x) { return apply("rsqrt", Unary::rsqrt, x); }
Var square(In x) { return apply("square", Unary::square, x); }
Var sin(In x) { return apply("sin", Unary::sin, x); }
Var cos(In x) { return apply("cos", Unary::cos, x); }
Var tanh(In x) { return apply("tanh", Unary::tanh, x); }
Var sigmoid(In x) { return apply("sigmoid", Unary::sigmoid, x); }
Var erf(In x) { return apply("erf", Unary::erf, x); }
Var relu(In x) { return apply("relu", Unary::relu, x); }
Var gelu(In x) { return apply("gelu", Unary::gelu, x); }
Var gelu_tanh(In x) { return apply("gelu_tanh", Unary::gelu_tanh, x); }
Var silu(In x) { return apply("silu", Unary::silu, x); }
Var softplus(In x) { return apply("softplus", Unary::softplus, x); }
Var log_sigmoid(In x) { return apply("log_sigmoid", Unary::log_sigmoid, x); }

Var sign(In x) { return Var(mapped(Unary::sign, x)); }
Var round(In x) { return Var(mapped(Unary::round, x)); }
Var floor(In x) { return Var(mapped(Unary::floor, x)); }

// x where x > 0, else slope x.
Var leaky_relu(In x, double slope) {
    require(
        std::isfinite(slope), "leaky_relu", [&] { return fmt::format("slope is {}; expected a finite number", slope); },
        x.at);
    return apply("leaky_relu", Unary::leaky_relu, x, static_cast<Real>(slope));
}

// x where x > 0, else alpha (e^x - 1) (Clevert et al., 2016).
Var elu(In x, double alpha) {
    require(
        std::isfinite(alpha), "elu", [&] { return fmt::format("alpha is {}; expected a finite number", alpha); }, x.at);
    return apply("elu", Unary::elu, x, static_cast<Real>(alpha));
}

// The gradient passes where low <= x <= high. Either bound may be infinite; NaN stays NaN and passes none.
Var clamp(In x, double low, double high) {
    require(
        low <= high, "clamp", [&] { return fmt::format("low is {} and high is {}; expected low <= high", low, high); },
        x.at);
    return apply("clamp", Unary::clamp, x, static_cast<Real>(low), static_cast<Real>(high));
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
    {.name = "log/positive", .inputs = {{2, 3}}, .call = [](Vars in) { return log(in[0]); }, .draw = draw::positive},
    {.name = "log/of exp", .inputs = {{5}}, .call = [](Vars in) { return log(exp(in[0])); }, .same_as = [](Vars in) { return in[0] * 1; }},
    {.name = "sqrt/positive", .inputs = {{19}}, .call = [](Vars in) { return sqrt(in[0]); },
     .same_as = [](Vars in) { return pow(in[0], 0.5); }, .draw = draw::positive},
    {.name = "rsqrt/positive", .inputs = {{2, 5}}, .call = [](Vars in) { return rsqrt(in[0]); },
     .same_as = [](Vars in) { return 1 / sqrt(in[0]); }, .draw = draw::positive},
    {.name = "square/matrix", .inputs = {{3, 3}}, .call = [](Vars in) { return square(in[0]); }, .same_as = [](Vars in) { return in[0] * in[0]; }},
    {.name = "sin/vector", .inputs = {{9}}, .call = [](Vars in) { return sin(in[0]); },
     .same_as = [](Vars in) { return cos(in[0] - 1.5707963267948966); }},
    {.name = "cos/vector", .inputs = {{9}}, .call = [](Vars in) { return cos(in[0]); }},
    {.name = "tanh/cube", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return tanh(in[0]); },
     .same_as = [](Vars in) { return 2 / (1 + exp(-2 * in[0])) - 1; }},
    {.name = "sigmoid/cube", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return sigmoid(in[0]); },
     .same_as = [](Vars in) { return 1 / (1 + exp(-in[0])); }},
    {.name = "erf/vector", .inputs = {{20}}, .call = [](Vars in) { return erf(in[0]); }},
    {.name = "relu/matrix", .inputs = {{4, 5}}, .call = [](Vars in) { return relu(in[0]); },
     .same_as = [](Vars in) { return clamp(in[0], 0, INFINITY); }, .draw = draw::apart},
    {.name = "leaky_relu/default", .inputs = {{4, 5}}, .call = [](Vars in) { return leaky_relu(in[0]); },
     .same_as = [](Vars in) { return maximum(in[0], 0.01 * in[0]); }, .draw = draw::apart},
    {.name = "leaky_relu/steep", .inputs = {{8}}, .call = [](Vars in) { return leaky_relu(in[0], 2); },
     .same_as = [](Vars in) { return minimum(in[0], 2 * in[0]); }, .draw = draw::apart},
    {.name = "leaky_relu/infinite slope", .inputs = {{4}}, .call = [](Vars in) { return leaky_relu(in[0], INFINITY); }, .rejects = true},
    {.name = "elu/default", .inputs = {{4, 5}}, .call = [](Vars in) { return elu(in[0]); }, .draw = draw::apart},
    {.name = "elu/alpha", .inputs = {{9}}, .call = [](Vars in) { return elu(in[0], 0.5); },
     .same_as = [](Vars in) { return relu(in[0]) + minimum(0.5 * (exp(in[0]) - 1), 0); }, .draw = draw::apart},
    {.name = "elu/alpha is no number", .inputs = {{4}}, .call = [](Vars in) { return elu(in[0], NAN); }, .rejects = true},
    {.name = "gelu/matrix", .inputs = {{4, 5}}, .call = [](Vars in) { return gelu(in[0]); },
     .same_as = [](Vars in) { return in[0] * (0.5 + 0.5 * erf(in[0] * 0.70710678118654752)); }},
    {.name = "gelu_tanh/matrix", .inputs = {{4, 5}}, .call = [](Vars in) { return gelu_tanh(in[0]); },
     .same_as = [](Vars in) { return 0.5 * in[0] * (1 + tanh(0.79788456080286536 * (in[0] + 0.044715 * pow(in[0], 3)))); }},
    {.name = "silu/matrix", .inputs = {{4, 5}}, .call = [](Vars in) { return silu(in[0]); },
     .same_as = [](Vars in) { return in[0] * sigmoid(in[0]); }},
    {.name = "softplus/matrix", .inputs = {{4, 5}}, .call = [](Vars in) { return softplus(in[0]); },
     .same_as = [](Vars in) { return log(1 + exp(in[0])); }},
    {.name = "log_sigmoid/matrix", .inputs = {{4, 5}}, .call = [](Vars in) { return log_sigmoid(in[0]); },
     .same_as = [](Vars in) { return log(sigmoid(in[0])); }},
    {.name = "clamp/both ends", .inputs = {{5, 5}}, .call = [](Vars in) { return clamp(in[0], -1, 1.5); },
     .same_as = [](Vars in) { return minimum(maximum(in[0], -1), 1.5); }, .draw = draw::apart},
    {.name = "clamp/ends crossed", .inputs = {{3}}, .call = [](Vars in) { return clamp(in[0], 1, -1); }, .rejects = true},
    {.name = "clamp/no number", .inputs = {{3}}, .call = [](Vars in) { return clamp(in[0], NAN, 1); }, .rejects = true},
    {.name = "round/straight through", .inputs = {{6}}, .call = [](Vars in) { return in[0] * 2 - round(in[0]); }, .draw = draw::apart},
    {.name = "floor/fraction", .inputs = {{6}}, .call = [](Vars in) { return in[0] - floor(in[0]); }, .draw = draw::apart})
// clang-format on

}  // namespace heed
