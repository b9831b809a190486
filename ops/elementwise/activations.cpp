// Activations: elementwise functions that networks put between layers. Gated ones: gated.cpp.
#include <cmath>
#include <numbers>
#include <fmt/format.h>
#include <heed/ops/elementwise/unary.hpp>

namespace heed {

using kernel::Unary;

namespace {

using D = const Chain&;

Var mish_rule(D d) {
    const Var z = clamp(d.x, -1000, 1000), t = tanh(softplus(z));
    return d.dy * (t + z * (1 - square(t)) * sigmoid(z));
}

Var hardswish_rule(D d) {
    const Var inner = d.dy * (clamp(d.x, -3, 3) / 3 + 0.5);
    return where(d.x <= -3, 0, where(d.x < 3, inner, d.dy));
}

}  // namespace

Var silu_rule(const Var& x, const Var& dy) {
    const Var z = clamp(x, -1000, 1000), s = sigmoid(z);
    return dy * s * (1 + z * (1 - s));
}

Var gelu_rule(const Var& x, const Var& dy) {
    const double root_half = std::sqrt(0.5), density = std::sqrt(0.5 / std::numbers::pi);
    const Var z = clamp(x, -40, 40);
    return dy * (0.5 * (1 + erf(z * root_half)) + density * z * exp(-0.5 * square(z)));
}

Var gelu_tanh_rule(const Var& x, const Var& dy) {
    const double scale = std::sqrt(2 / std::numbers::pi), cubic = 0.044715;
    const Var z = clamp(x, -20, 20), t = tanh(scale * (z + cubic * z * z * z));
    return dy * (0.5 * (1 + t) + 0.5 * scale * z * (1 - square(t)) * (1 + 3 * cubic * square(z)));
}

Var tanh(In x) {
    return elementwise("tanh", Unary::tanh, x, [](D d) { return d.dy * (1 - square(d.y)); });
}
Var sigmoid(In x) {
    return elementwise("sigmoid", Unary::sigmoid, x, [](D d) { return d.dy * (d.y * (1 - d.y)); });
}
Var relu(In x) {
    return elementwise("relu", Unary::relu, x, [](D d) { return where(d.y <= 0, 0, d.dy); });
}
Var gelu(In x) {
    return elementwise("gelu", Unary::gelu, x, [](D d) { return gelu_rule(d.x, d.dy); });
}
Var gelu_tanh(In x) {
    return elementwise("gelu_tanh", Unary::gelu_tanh, x, [](D d) { return gelu_tanh_rule(d.x, d.dy); });
}
Var silu(In x) {
    return elementwise("silu", Unary::silu, x, [](D d) { return silu_rule(d.x, d.dy); });
}
Var softplus(In x) {
    return elementwise("softplus", Unary::softplus, x, [](D d) { return d.dy * sigmoid(d.x); });
}
Var log_sigmoid(In x) {
    return elementwise("log_sigmoid", Unary::log_sigmoid, x, [](D d) { return d.dy * sigmoid(-d.x); });
}

// x tanh(softplus(x)) (Misra, "Mish: A Self Regularized Non-Monotonic Activation Function", 2020); -inf gives 0.
Var mish(In x) { return elementwise("mish", Unary::mish, x, mish_rule); }

// (x + 3) / 6 clamped to 0 .. 1, and x times that (Howard et al., "Searching for MobileNetV3", 2019); -inf gives 0.
Var hardsigmoid(In x) {
    return elementwise("hardsigmoid", Unary::hardsigmoid, x, [](D d) { return where(abs(d.x) < 3, d.dy / 6, 0); });
}
Var hardswish(In x) { return elementwise("hardswish", Unary::hardswish, x, hardswish_rule); }

// x where x > 0, else slope x.
Var leaky_relu(In x, double slope) {
    require(
        std::isfinite(slope), "leaky_relu", [&] { return fmt::format("slope is {}; expected a finite number", slope); },
        x.at);
    return elementwise(
        "leaky_relu", Unary::leaky_relu, x, [](D d) { return where(d.x > 0, d.dy, d.dy * d.p); },
        static_cast<Real>(slope));
}

// x where x > 0, else alpha (e^x - 1) (Clevert et al., 2016).
Var elu(In x, double alpha) {
    require(
        std::isfinite(alpha), "elu", [&] { return fmt::format("alpha is {}; expected a finite number", alpha); }, x.at);
    return elementwise(
        "elu", Unary::elu, x, [](D d) { return where(d.x > 0, d.dy, d.dy * (d.p * exp(minimum(d.x, 0)))); },
        static_cast<Real>(alpha));
}

// clang-format off
HEED_OP_CASES(
    {.name = "tanh/cube", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return tanh(in[0]); },
     .same_as = [](Vars in) { return 2 / (1 + exp(-2 * in[0])) - 1; }},
    {.name = "sigmoid/cube", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return sigmoid(in[0]); },
     .same_as = [](Vars in) { return 1 / (1 + exp(-in[0])); }},
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
    {.name = "mish/matrix", .inputs = {{4, 5}}, .call = [](Vars in) { return mish(in[0]); },
     .same_as = [](Vars in) { return in[0] * tanh(log(1 + exp(in[0]))); }},
    {.name = "hardsigmoid/matrix", .inputs = {{4, 5}}, .call = [](Vars in) { return hardsigmoid(in[0] * 2); },
     .same_as = [](Vars in) { return clamp(in[0] * 2 + 3, 0, 6) / 6; }, .draw = draw::apart},
    {.name = "hardswish/matrix", .inputs = {{4, 5}}, .call = [](Vars in) { return hardswish(in[0] * 2); },
     .same_as = [](Vars in) { return in[0] * 2 * hardsigmoid(in[0] * 2); }, .draw = draw::apart})
// clang-format on

}  // namespace heed
