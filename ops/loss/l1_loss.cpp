// l1_loss: the mean of absolute errors.
#include <heed/ops/loss/loss_terms.hpp>

namespace heed {

// mean of |x - target|, which broadcast; the derivative at 0, and at NaN, is 0
Var l1_loss(In x, In target) {
    return of_one_shape("l1_loss", x, target, [](const In& a, const In& b) {
        Var y = mean_of_terms("l1_loss", a, b, kernel::LossTerm::absolute);
        return differentiable(std::move(y), {a, b}, [](Vars v, const Var&, const Var& dy) {
            const Var e = v[0] - v[1], share = dy / static_cast<double>(e.size());
            const Var d = where(e > 0, share, where(e < 0, -share, 0));
            return Grads{d, -d};
        });
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "l1_loss/cube", .inputs = {{2, 3, 2}, {2, 3, 2}}, .call = [](Vars in) { return l1_loss(in[0], Real(0.37) * in[1]); },
     .same_as = [](Vars in) { return mean(abs(in[0] - Real(0.37) * in[1])); }, .draw = draw::apart},
    {.name = "l1_loss/one target", .inputs = {{4}}, .call = [](Vars in) { return l1_loss(in[0], 0.001); },
     .same_as = [](Vars in) { return mean(abs(in[0] - 0.001)); }, .draw = draw::apart},
    {.name = "l1_loss/shapes", .inputs = {{4}, {3}}, .call = [](Vars in) { return l1_loss(in[0], in[1]); }, .rejects = true},
    {.name = "l1_loss/empty", .inputs = {{0}, {0}}, .call = [](Vars in) { return l1_loss(in[0], in[1]); }, .rejects = true})
// clang-format on

}  // namespace heed
