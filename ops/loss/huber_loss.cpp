// huber_loss: the mean of errors that are squared where they are small.
#include <cmath>
#include <fmt/format.h>
#include <heed/ops/loss/loss_terms.hpp>

namespace heed {

// mean of e^2 / 2 where |e| <= delta, else delta (|e| - delta / 2), with e = x - target (Huber, 1964)
Var huber_loss(In x, In target, double delta) {
    require(
        delta > 0, "huber_loss", [&] { return fmt::format("delta is {}; expected delta > 0", delta); }, x.at);
    expect_same_shape("huber_loss", x, "x", target);
    return sum_of_terms("huber_loss", x, target, x.size(), [bend = static_cast<Real>(delta)](Real a, Real b) {
        const Real e = a - b, size = std::abs(e);
        return size <= bend ? Term{e * e / 2, e} : Term{bend * (size - bend / 2), std::copysign(bend, e)};
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "huber_loss/both sides", .inputs = {{3, 4}, {3, 4}}, .call = [](Vars in) { return huber_loss(in[0], in[1], 0.7); },
     .same_as = [](Vars in) {
         const Var e = abs(in[0] - in[1]), small = clamp(e, 0, 0.7);
         return mean(small * (e - 0.5 * small));
     }},
    {.name = "huber_loss/delta", .inputs = {{3}, {3}}, .call = [](Vars in) { return huber_loss(in[0], in[1], 0); }, .rejects = true},
    {.name = "huber_loss/no broadcasting", .inputs = {{2, 3}, {3}}, .call = [](Vars in) { return huber_loss(in[0], in[1]); }, .rejects = true},
    {.name = "huber_loss/empty", .inputs = {{0}, {0}}, .call = [](Vars in) { return huber_loss(in[0], in[1]); }, .rejects = true})
// clang-format on

}  // namespace heed
