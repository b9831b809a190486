// kl_divergence: the divergence of a distribution from logarithms of another.
#include <cmath>
#include <limits>
#include <heed/ops/loss/loss_terms.hpp>

namespace heed {

// sum of t (log t - log_p) / size of the first axis; t >= 0, and where t is 0 the term is 0 (Kullback and Leibler,
// 1951).
Var kl_divergence(In log_p, In target) {
    expect(log_p.rank() > 0, "kl_divergence", "log_p", log_p.shape(),
           "at least one axis: the sum is divided by the size of the first", log_p.at);
    expect_same_shape("kl_divergence", log_p, "log_p", target);
    expect_constant_target("kl_divergence", target, std::numeric_limits<Real>::max(), "a finite number >= 0");
    Var y = sum_of_terms("kl_divergence", log_p, target, log_p.dim(0), [](Real x, Real t) {
        return t == 0 ? Term{0, 0} : Term{t * (std::log(t) - x), -t};
    });
    return differentiable(std::move(y), {log_p, target}, [](Vars v, const Var&, const Var& dy) {
        return Grads{dy / static_cast<double>(-v[0].dim(0)) * v[1], Var()};
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "kl_divergence/matrix", .inputs = {{3, 4}}, .call = [](Vars in) { return kl_divergence(log_softmax(in[0]), target_like(in[0])); },
     .same_as = [](Vars in) {
         const Var t = target_like(in[0]);
         return sum(where(t, t * log(maximum(t, 1e-30)), 0) - t * log_softmax(in[0])) / 3;
     }},
    {.name = "kl_divergence/scalar", .inputs = {{}}, .call = [](Vars in) { return kl_divergence(in[0], 1); }, .rejects = true},
    {.name = "kl_divergence/negative target", .inputs = {{2}}, .call = [](Vars in) { return kl_divergence(in[0], filled({2}, -1)); },
     .rejects = true},
    {.name = "kl_divergence/target with a gradient", .inputs = {{3}, {3}},
     .call = [](Vars in) { return kl_divergence(in[0], Var::leaf(in[1].value())); }, .rejects = true, .draw = draw::probability},
    {.name = "kl_divergence/no broadcasting", .inputs = {{2, 3}}, .call = [](Vars in) { return kl_divergence(in[0], filled({3}, 1)); },
     .rejects = true},
    {.name = "kl_divergence/empty", .inputs = {{0, 3}}, .call = [](Vars in) { return kl_divergence(in[0], target_like(in[0])); }, .rejects = true})
// clang-format on

}  // namespace heed
