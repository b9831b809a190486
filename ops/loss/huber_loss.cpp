// huber_loss: the mean of errors that are squared where they are small.
#include <fmt/format.h>
#include <heed/ops/loss/loss_terms.hpp>

namespace heed {

// mean of e^2 / 2 where |e| <= delta, else delta (|e| - delta / 2), with e = x - target, which broadcast (Huber, 1964)
Var huber_loss(In x, In target, double delta) {
    require(
        delta > 0, "huber_loss", [&] { return fmt::format("delta is {}; expected delta > 0", delta); }, x.at);
    return of_one_shape("huber_loss", x, target, [delta](const In& a, const In& b) {
        Var y = mean_of_terms("huber_loss", a, b, kernel::LossTerm::huber, delta);
        return differentiable(std::move(y), {a, b}, [delta](Vars v, const Var&, const Var& dy) {
            const Var d = dy * (clamp(v[0] - v[1], -delta, delta) / static_cast<double>(v[0].size()));
            return Grads{d, -d};
        });
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
    {.name = "huber_loss/x is stretched", .inputs = {{3}, {2, 3}}, .call = [](Vars in) { return huber_loss(in[0], in[1]); },
     .same_as = [](Vars in) { return huber_loss(expand(in[0], {2, 3}), in[1]); }},
    {.name = "huber_loss/shapes", .inputs = {{2, 3}, {2}}, .call = [](Vars in) { return huber_loss(in[0], in[1]); }, .rejects = true},
    {.name = "huber_loss/empty", .inputs = {{0}, {0}}, .call = [](Vars in) { return huber_loss(in[0], in[1]); }, .rejects = true})
// clang-format on

}  // namespace heed
