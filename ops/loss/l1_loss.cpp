// l1_loss: the mean of absolute errors.
#include <cmath>
#include <heed/ops/loss/loss_terms.hpp>

namespace heed {

// mean of |x - target|; the derivative at 0 is 0
Var l1_loss(In x, In target) {
    expect_same_shape("l1_loss", x, "x", target);
    return sum_of_terms("l1_loss", x, target, x.size(), [](Real a, Real b) {
        const Real e = a - b;
        return Term{std::abs(e), e == 0 ? e : std::copysign(Real(1), e)};
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "l1_loss/cube", .inputs = {{2, 3, 2}, {2, 3, 2}}, .call = [](Vars in) { return l1_loss(in[0], Real(0.37) * in[1]); },
     .same_as = [](Vars in) { return mean(abs(in[0] - Real(0.37) * in[1])); }, .draw = draw::apart},
    {.name = "l1_loss/no broadcasting", .inputs = {{4}, {1}}, .call = [](Vars in) { return l1_loss(in[0], in[1]); }, .rejects = true},
    {.name = "l1_loss/empty", .inputs = {{0}, {0}}, .call = [](Vars in) { return l1_loss(in[0], in[1]); }, .rejects = true})
// clang-format on

}  // namespace heed
