// Second derivatives of ops by differences of first ones: what they pass through is not all enrolled as a case.
#include <heed/ops/attention/attention.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/tests/check/run_case.hpp>
#include <heed/tests/penalty.hpp>

using namespace heed;

namespace {

using Operands = const std::vector<Var>&;

std::vector<Array> drawn(const std::vector<Shape>& shapes) {
    std::vector<Array> all;
    for (const Shape& shape : shapes) all.push_back(randn(shape, Key{1, all.size() + 1}).value());
    return all;
}

}  // namespace

TEST_CASE("higher order: penalties through convolutions, pools, norms and cross entropy agree with differences",
          "[higher]") {
    check_penalty(drawn({{1, 6, 3}, {3, 3, 4}, {4}}), [](Operands in) {
        const Var one = filled({3}, 1), none = filled({3}, 0), nothing = filled({4}, 0);
        const Var filtered = group_norm(conv1d(in[0], in[1], {.padding = 1}), 2, in[2], nothing);  // (1, 6, 4)
        const Var pooled = max_pool1d(filtered, 2) + avg_pool1d(tanh(filtered), 2);
        const Var wide = conv_transpose1d(interpolate(pooled, {6}), in[1], {.padding = 1});  // (1, 6, 3)
        const Var logits = layer_norm(wide, one, none) + rms_norm(wide * in[0], one);
        const Var labelled = cross_entropy(logits, Ints{{0, 1, 2, 2, -100, 0}}, {.smoothing = 0.1});
        return labelled + cross_entropy(wide, softmax(in[0])) + nll_loss(wide, Ints{{0, 1, 2, 2, 1, 0}}) +
               mse_loss(wide, in[0]) + huber_loss(wide, in[0]);
    });
}

TEST_CASE("higher order: penalties through the other losses agree with differences", "[higher]") {
    check_penalty(drawn({{4, 3}, {5, 3}}), [](Operands in) {
        const Array t{{0, 1, 0.25}, {1, 0.5, 0}, {0, 0, 1}, {0.75, 1, 0}};
        const Ints labels{1, 4, -100, 0};
        return bce_loss(sigmoid(in[0]), t) + bce_with_logits(in[0], t) + kl_divergence(log_softmax(in[0]), t) +
               sigmoid_focal_loss(in[0], t) + sigmoid_focal_loss(in[0], t, -1, 0.5) +
               focal_loss(in[0], Ints{1, 0, -100, 2}, {.weights = {1, 0.5, 2}}) +
               focal_loss(in[1], Ints{1, 0, 1, 2, 1}, {.gamma = 0.5}) +
               linear_cross_entropy(in[0], in[1], labels, {.smoothing = 0.1, .weights = {1, 2, 1, 0.5, 3}}) +
               sum(square(cosine_similarity(in[0], slice(in[1], 0, 0, 4))));
    });
}

TEST_CASE("higher order: penalties through orders, cells, batch_norm and rotary agree with differences", "[higher]") {
    check_penalty(drawn({{3, 8}, {3, 8}, {3, 2}}), [](Operands in) {
        const Var ordered = sort(in[0], 0).values * topk(in[1], 3, 0).values;
        const Var written = scatter(ordered, Ints{{1, 1, 2}, {0, 3, 0}, {5, 6, 5}}, slice(in[1], 1, 0, 3), 1);
        const auto [h, c] = lstm_cell(written, in[1], in[2]);
        const Array alive{1, 0, 1};
        const auto kept = lstm_cell(in[0], in[1], in[2], in[2] * in[2], alive);
        const Var gates = slice(in[0], -1, 0, 6), own = slice(in[1], -1, 2, 8);
        const Var states = gru_cell(gates, own, h) + gru_cell(own, gates, c, alive) + kept.h * kept.c;
        const Var normal = batch_norm(states, filled({2}, 2), filled({2}, 1));
        return sum(square(rotary(reshape(in[0] * in[1], {1, 3, 8}), 2))) + sum(normal * normal * normal);
    });
}

TEST_CASE("higher order: penalties through masks and biases agree with differences", "[higher]") {
    const auto attended = [](Operands in, const Mask& mask, const Score& score) {
        return attention(in[0], in[1], in[1],
                         {.mask = mask, .score = score, .dropout = 0.3, .policy = Policy::require_composed});
    };
    const std::vector<Shape> shapes{{1, 2, 4, 3}, {1, 2, 4, 3}, {4, 2}, {2}, {2, 9}, {4, 4}, {3}, {6, 3}};
    check_penalty(drawn(shapes), [&](Operands in) {
        const Mask biased = (causal() & lengths({3})) + relative_buckets(in[2], {.max_distance = 3}) + alibi(in[3]) +
                            patch_offsets(in[4], 2, 2) + bias(in[5]);
        const Array pairs{{1, 0, 1, 1}, {0, 0, 0, 0}, {1, 1, 0, 1}, {0, 1, 1, 1}};
        const Var y =
            attended(in, biased, {}) + attended(in, window(1, 2), score::additive(in[6])) +
            attended(in, keep(pairs), score::cosine()) +
            attended(in, drop(pairs) & documents({0, 0, 1, 1}), score::concat(in[6], in[7])) +
            attended(in, prefix({2}) & predicate([](Dim, Dim h, Dim i, Dim j) { return h + i != j; }), score::dot());
        return sum(square(y));
    });
}

TEST_CASE("higher order: penalties through ctc_loss agree with differences", "[higher][ctc]") {
    for (const OpCase& c : OpCases::all()) {
        if (c.rejects || c.op() != "ctc_loss") continue;
        INFO(c.name);
        check_penalty(case_inputs(c), [&](Operands in) { return sum(square(c.call(in))); });
    }
}
