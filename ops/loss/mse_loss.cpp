// mse_loss: the mean of squared errors.
#include <heed/ops/loss/loss_terms.hpp>

namespace heed {

// mean of (x - target)^2
Var mse_loss(In x, In target) {
    expect_same_shape("mse_loss", x, "x", target);
    return sum_of_terms("mse_loss", x, target, x.size(), [](Real a, Real b) {
        const Real e = a - b;
        return Term{e * e, 2 * e};
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "mse_loss/matrix", .inputs = {{3, 4}, {3, 4}}, .call = [](Vars in) { return mse_loss(in[0], in[1]); },
     .same_as = [](Vars in) { return mean(square(in[0] - in[1])); }},
    {.name = "mse_loss/scalar", .inputs = {{}, {}}, .call = [](Vars in) { return mse_loss(in[0], in[1]); }},
    {.name = "mse_loss/constant target", .inputs = {{5}}, .call = [](Vars in) { return mse_loss(in[0], target_like(in[0])); }},
    {.name = "mse_loss/no broadcasting", .inputs = {{4, 1}, {4}}, .call = [](Vars in) { return mse_loss(in[0], in[1]); }, .rejects = true},
    {.name = "mse_loss/empty", .inputs = {{0, 2}, {0, 2}}, .call = [](Vars in) { return mse_loss(in[0], in[1]); }, .rejects = true})
// clang-format on

}  // namespace heed
