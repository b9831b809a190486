// Second derivatives of layers' ops by differences of first ones: what they pass through is not all enrolled as a case.
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/ops.hpp>
#include <heed/tests/catch.hpp>

using namespace heed;

TEST_CASE("higher order: penalties through convolutions, pools, norms and cross entropy agree with differences",
          "[higher]") {
    const Array starts[] = {randn({1, 6, 3}, Key{1, 1}).value(), randn({3, 3, 4}, Key{1, 2}).value(),
                            randn({4}, Key{1, 3}).value()};
    const auto penalty = [](const std::vector<Var>& in, Tape& tape, bool sweep) {
        HigherOrder higher;
        const Var one = filled({3}, 1), none = filled({3}, 0), nothing = filled({4}, 0);
        const Var filtered = group_norm(conv1d(in[0], in[1], {.padding = 1}), 2, in[2], nothing);  // (1, 6, 4)
        const Var pooled = max_pool1d(filtered, 2) + avg_pool1d(tanh(filtered), 2);
        const Var wide = conv_transpose1d(interpolate(pooled, {6}), in[1], {.padding = 1});  // (1, 6, 3)
        const Var logits = layer_norm(wide, one, none) + rms_norm(wide * in[0], one);
        const Var labelled = cross_entropy(logits, Ints{{0, 1, 2, 2, -100, 0}}, {.smoothing = 0.1});
        const Var loss = labelled + cross_entropy(wide, softmax(in[0])) + nll_loss(wide, Ints{{0, 1, 2, 2, 1, 0}}) +
                         mse_loss(wide, in[0]) + huber_loss(wide, in[0]);
        Var y = 0;
        for (const Var& dx : higher.gradient(loss, Ins(in))) y += sum(square(dx));
        if (sweep) tape.backward(y);
        return double{y.item()};
    };
    std::vector<Var> leaves;
    for (const Array& start : starts) leaves.push_back(Var::leaf(start));
    {
        Tape tape;
        penalty(leaves, tape, true);
    }
    for (std::size_t k = 0; k < leaves.size(); ++k)
        for (Dim i = 0; i < leaves[k].size(); ++i) {
            double sides[2];
            for (const int side : {0, 1}) {
                std::vector<Var> moved;
                for (const Array& start : starts) moved.push_back(Var::leaf(start));
                Array at = starts[k];
                at.data()[i] += static_cast<Real>(side ? 1e-5 : -1e-5);
                moved[k] = Var::leaf(at);
                Tape tape;
                sides[side] = penalty(moved, tape, false);
            }
            CAPTURE(k, i);
            CHECK(double{leaves[k].grad().storage()[static_cast<std::size_t>(i)]} ==
                  Approx((sides[1] - sides[0]) / 2e-5).epsilon(1e-6).margin(1e-6));
        }
}
