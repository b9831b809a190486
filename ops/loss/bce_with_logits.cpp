// bce_with_logits: the binary cross entropy of logits.
#include <heed/ops/loss/loss_terms.hpp>

namespace heed {

// mean of -(t log p + (1 - t) log(1 - p)) with p = sigmoid(x) = max(x, 0) - x t + log(1 + e^-|x|); 0 <= t <= 1.
// An infinite logit on the right side of its target costs nothing.
Var bce_with_logits(In logits, In target) {
    expect_same_shape("bce_with_logits", logits, "logits", target);
    expect_constant_target("bce_with_logits", target, 1, "0 <= target <= 1");
    Var y = mean_of_terms("bce_with_logits", logits, target, kernel::LossTerm::logits);
    return differentiable(std::move(y), {logits, target}, [](Vars v, const Var&, const Var& dy) {
        return Grads{dy / static_cast<double>(v[0].size()) * (sigmoid(v[0]) - v[1]), Var()};
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "bce_with_logits/matrix", .inputs = {{3, 4}}, .call = [](Vars in) { return bce_with_logits(in[0], target_like(in[0])); },
     .same_as = [](Vars in) {
         const Var t = target_like(in[0]);
         return -mean(t * log_sigmoid(in[0]) + (1 - t) * log_sigmoid(-in[0]));
     }},
    {.name = "bce_with_logits/scalar", .inputs = {{}}, .call = [](Vars in) { return bce_with_logits(in[0], 0.25); }},
    {.name = "bce_with_logits/target above one", .inputs = {{3}},
     .call = [](Vars in) { return bce_with_logits(in[0], filled({3}, Real(1.5))); }, .rejects = true},
    {.name = "bce_with_logits/target with a gradient", .inputs = {{3}, {3}},
     .call = [](Vars in) { return bce_with_logits(in[0], Var::leaf(in[1].value())); }, .rejects = true, .draw = draw::probability},
    {.name = "bce_with_logits/no broadcasting", .inputs = {{3}}, .call = [](Vars in) { return bce_with_logits(in[0], 1); }, .rejects = true},
    {.name = "bce_with_logits/empty", .inputs = {{0}}, .call = [](Vars in) { return bce_with_logits(in[0], target_like(in[0])); }, .rejects = true})
// clang-format on

}  // namespace heed
