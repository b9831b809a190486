// sigmoid_focal_loss: the binary cross entropy of logits, less of it where they are right already.
#include <cmath>
#include <heed/ops/loss/loss_terms.hpp>

namespace heed {
namespace {

// The derivative of each term, written with ops. Where t is 0 or 1, log m is that of a sigmoid: m itself may vanish.
Var derivative_of(const Var& logits, const Var& t, double alpha, double gamma) {
    const Var x = clamp(logits, -1000, 1000), p = sigmoid(x), q = sigmoid(-x), soft = logical_and(t, 1 - t);
    const Var wrong = where(soft, p * (1 - t) + q * t, 1);
    const Var log_wrong = where(soft, log(wrong), where(t, log_sigmoid(-x), log_sigmoid(x)));
    const Var share = where(soft, p * q / wrong, where(t, p, q));
    const Var cross_entropy = t * softplus(-x) + (1 - t) * softplus(x);
    const Var derivative = exp(gamma * log_wrong) * (p - t + gamma * (1 - 2 * t) * share * cross_entropy);
    return alpha < 0 ? derivative : (alpha * t + (1 - alpha) * (1 - t)) * derivative;
}

}  // namespace

// mean of -a m^gamma log(1 - m), where m is the probability of the wrong answer and a is alpha where t = 1 and
// 1 - alpha where t = 0, or 1 if alpha is negative (Lin et al., "Focal Loss for Dense Object Detection", 2017); with
// p = sigmoid(x), m = p (1 - t) + (1 - p) t and the logarithm of bce_with_logits for 0 <= t <= 1, as torchvision.
Var sigmoid_focal_loss(In logits, In target, double alpha, double gamma) {
    const char* op = "sigmoid_focal_loss";
    expect_same_shape(op, logits, "logits", target);
    require(
        alpha <= 1, op, [&] { return fmt::format("alpha is {}; expected alpha <= 1, negative for none", alpha); },
        logits.at);
    require(
        gamma >= 0 && std::isfinite(gamma), op,
        [&] { return fmt::format("gamma is {}; expected a finite number >= 0", gamma); }, logits.at);
    expect_constant_target(op, target, 1, "0 <= target <= 1");
    const Real a = static_cast<Real>(alpha), g = static_cast<Real>(gamma);
    Var y = sum_of_terms(op, logits, target, logits.size(), [a, g](Real x, Real t) {
        const Real e = std::exp(-std::abs(x)), large = 1 / (1 + e), small = e / (1 + e);
        const Real p = x >= 0 ? large : small, q = x >= 0 ? small : large, missed = x >= 0 ? 1 - t : -t;
        const Real cross_entropy = (missed == 0 ? 0 : missed * x) + std::log1p(e);
        const Real wrong = p * (1 - t) + q * t;
        const Real share = t == 0 ? q : t == 1 ? p : p * q / wrong;  // d log m / dx, without 0 / 0, as (1 - 2 t) share
        const Real weight = (a < 0 ? 1 : a * t + (1 - a) * (1 - t)) * std::pow(wrong, g);
        const Real less = share == 0 || g == 0 ? 0 : g * (1 - 2 * t) * share * cross_entropy;
        return Term{weight == 0 ? 0 : weight * cross_entropy, weight * (p - t + less)};
    });
    return differentiable(std::move(y), {logits, target}, [alpha, gamma](Vars v, const Var&, const Var& dy) {
        return Grads{dy / static_cast<double>(v[0].size()) * derivative_of(v[0], v[1], alpha, gamma), Var()};
    });
}

#ifdef HEED_TESTING
namespace {
Var composed_focal(const Var& x, const Var& t, double alpha, double gamma) {
    const Var p = sigmoid(x), wrong = p * (1 - t) + (1 - p) * t;
    return mean((alpha * t + (1 - alpha) * (1 - t)) * pow(wrong, gamma) *
                -(t * log_sigmoid(x) + (1 - t) * log_sigmoid(-x)));
}
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "sigmoid_focal_loss/matrix", .inputs = {{3, 4}}, .call = [](Vars in) { return sigmoid_focal_loss(in[0], target_like(in[0])); },
     .same_as = [](Vars in) { return composed_focal(in[0], target_like(in[0]), 0.25, 2); }},
    {.name = "sigmoid_focal_loss/alpha and gamma", .inputs = {{5, 3}},
     .call = [](Vars in) { return sigmoid_focal_loss(in[0], target_like(in[0]), 0.7, 0.5); },
     .same_as = [](Vars in) { return composed_focal(in[0], target_like(in[0]), 0.7, 0.5); }},
    {.name = "sigmoid_focal_loss/neither", .inputs = {{5}}, .call = [](Vars in) { return sigmoid_focal_loss(in[0], target_like(in[0]), -1, 0); },
     .same_as = [](Vars in) { return bce_with_logits(in[0], target_like(in[0])); }},
    {.name = "sigmoid_focal_loss/scalar", .inputs = {{}}, .call = [](Vars in) { return sigmoid_focal_loss(in[0], 1); },
     .same_as = [](Vars in) { return composed_focal(in[0], 1, 0.25, 2); }},
    {.name = "sigmoid_focal_loss/right without end", .inputs = {{2}},
     .call = [](Vars in) { return sigmoid_focal_loss(in[0] * 0 + Array{-INFINITY, INFINITY}, Array{0, 1}); }, .flat = true},
    {.name = "sigmoid_focal_loss/alpha above one", .inputs = {{3}},
     .call = [](Vars in) { return sigmoid_focal_loss(in[0], target_like(in[0]), 2); }, .rejects = true},
    {.name = "sigmoid_focal_loss/negative gamma", .inputs = {{3}},
     .call = [](Vars in) { return sigmoid_focal_loss(in[0], target_like(in[0]), 0.25, -1); }, .rejects = true},
    {.name = "sigmoid_focal_loss/target above one", .inputs = {{3}},
     .call = [](Vars in) { return sigmoid_focal_loss(in[0], filled({3}, 2)); }, .rejects = true},
    {.name = "sigmoid_focal_loss/no broadcasting", .inputs = {{3}}, .call = [](Vars in) { return sigmoid_focal_loss(in[0], 1); }, .rejects = true},
    {.name = "sigmoid_focal_loss/empty", .inputs = {{0}}, .call = [](Vars in) { return sigmoid_focal_loss(in[0], target_like(in[0])); },
     .rejects = true})
// clang-format on

}  // namespace heed
