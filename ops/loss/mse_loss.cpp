// mse_loss: the mean of squared errors.
#include <heed/ops/loss/loss_terms.hpp>

namespace heed {

// mean of (x - target)^2, which broadcast
Var mse_loss(In x, In target) {
    return of_one_shape("mse_loss", x, target, [](const In& a, const In& b) {
        Var y = mean_of_terms("mse_loss", a, b, kernel::LossTerm::squared);
        return differentiable(std::move(y), {a, b}, [](Vars v, const Var&, const Var& dy) {
            const Var d = dy * (2 * (v[0] - v[1]) / static_cast<double>(v[0].size()));
            return Grads{d, -d};
        });
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "mse_loss/matrix", .inputs = {{3, 4}, {3, 4}}, .call = [](Vars in) { return mse_loss(in[0], in[1]); },
     .same_as = [](Vars in) { return mean(square(in[0] - in[1])); }},
    {.name = "mse_loss/scalar", .inputs = {{}, {}}, .call = [](Vars in) { return mse_loss(in[0], in[1]); }},
    {.name = "mse_loss/constant target", .inputs = {{5}}, .call = [](Vars in) { return mse_loss(in[0], target_like(in[0])); }},
    {.name = "mse_loss/target of each column", .inputs = {{3, 4}, {4}}, .call = [](Vars in) { return mse_loss(in[0], in[1]); },
     .same_as = [](Vars in) { return mean(square(in[0] - in[1])); }},
    {.name = "mse_loss/both are stretched", .inputs = {{4, 1}, {3}}, .call = [](Vars in) { return mse_loss(in[0], in[1]); },
     .same_as = [](Vars in) { return mean(square(in[0] - in[1])); }},
    {.name = "mse_loss/shapes", .inputs = {{4, 2}, {4}}, .call = [](Vars in) { return mse_loss(in[0], in[1]); }, .rejects = true},
    {.name = "mse_loss/empty", .inputs = {{0, 2}, {0, 2}}, .call = [](Vars in) { return mse_loss(in[0], in[1]); }, .rejects = true},
    {.name = "mse_loss/empty target", .inputs = {{1, 2}, {0, 2}}, .call = [](Vars in) { return mse_loss(in[0], in[1]); }, .rejects = true})
// clang-format on

}  // namespace heed
