// bce_loss: the binary cross entropy of probabilities.
#include <algorithm>
#include <cmath>
#include <heed/ops/loss/loss_terms.hpp>

namespace heed {

// mean of -(t log p + (1 - t) log(1 - p)); 0 <= p, t <= 1. As in PyTorch logarithms are at least -100, and the
// derivative (p - t) / (p (1 - p)) has a divisor of at least 1e-12 (as a float). From logits bce_with_logits loses no
// digits.
Var bce_loss(In probabilities, In target) {
    expect_same_shape("bce_loss", probabilities, "probabilities", target);
    expect_range("bce_loss", probabilities, "probabilities", 1, "0 <= probability <= 1");
    expect_constant_target("bce_loss", target, 1, "0 <= target <= 1");
    Var y = sum_of_terms("bce_loss", probabilities, target, probabilities.size(), [](Real p, Real t) {
        const Real log_p = std::max(std::log(p), Real(-100)), log_q = std::max(std::log1p(-p), Real(-100));
        return Term{(t - 1) * log_q - t * log_p, (p - t) / std::max((1 - p) * p, Real(1e-12f))};
    });
    return differentiable(std::move(y), {probabilities, target}, [](Vars v, const Var&, const Var& dy) {
        const Var &p = v[0], &t = v[1];
        return Grads{dy / static_cast<double>(p.size()) * ((p - t) / maximum((1 - p) * p, double{1e-12f})), Var()};
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "bce_loss/matrix", .inputs = {{3, 4}}, .call = [](Vars in) { return bce_loss(in[0], target_like(in[0])); },
     .same_as = [](Vars in) {
         const Var t = target_like(in[0]);
         return -mean(t * log(in[0]) + (1 - t) * log(1 - in[0]));
     }, .draw = draw::probability},
    {.name = "bce_loss/of logits", .inputs = {{2, 9}}, .call = [](Vars in) { return bce_loss(sigmoid(in[0]), target_like(in[0])); },
     .same_as = [](Vars in) {
         const Var p = sigmoid(in[0]), t = target_like(in[0]);
         return mean(where(t, t * -log(p), 0) + (1 - t) * -log(1 - p));
     }},
    {.name = "bce_loss/scalar", .inputs = {{}}, .call = [](Vars in) { return bce_loss(in[0], 0.25); }, .draw = draw::probability},
    {.name = "bce_loss/right at the ends", .inputs = {{2}},
     .call = [](Vars in) { return bce_loss(in[0] * 0 + Array{0, 1}, Array{0, 1}); }, .flat = true},
    {.name = "bce_loss/no probability", .inputs = {{2}}, .call = [](Vars in) { return bce_loss(in[0] * 0 + 1.5, Array{0, 1}); }, .rejects = true},
    {.name = "bce_loss/NaN", .inputs = {{2}}, .call = [](Vars in) { return bce_loss(in[0] * 0 + NAN, Array{0, 1}); }, .rejects = true},
    {.name = "bce_loss/target below zero", .inputs = {{1}}, .call = [](Vars in) { return bce_loss(in[0], filled({1}, -1)); }, .rejects = true,
     .draw = draw::probability},
    {.name = "bce_loss/target with a gradient", .inputs = {{3}, {3}},
     .call = [](Vars in) { return bce_loss(in[0], Var::leaf(in[1].value())); }, .rejects = true, .draw = draw::probability},
    {.name = "bce_loss/no broadcasting", .inputs = {{3}}, .call = [](Vars in) { return bce_loss(in[0], 1); }, .rejects = true,
     .draw = draw::probability},
    {.name = "bce_loss/empty", .inputs = {{0}}, .call = [](Vars in) { return bce_loss(in[0], target_like(in[0])); }, .rejects = true})
// clang-format on

}  // namespace heed
