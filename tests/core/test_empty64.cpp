// No examples, no steps, or neither: layers give empty results, and a sweep goes through them.
#include <functional>
#include <heed/nn/generate/adaptive.hpp>
#include <heed/nn/layers/batch_norm.hpp>
#include <heed/nn/layers/conv.hpp>
#include <heed/nn/layers/heads/pointer.hpp>
#include <heed/nn/layers/location.hpp>
#include <heed/nn/layers/positions.hpp>
#include <heed/nn/layers/recurrent.hpp>
#include <heed/nn/layers/transformer.hpp>
#include <heed/ops/attention/linear_attention.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

using Layer = std::function<Var(const nn::Params& p, const Var& x)>;

// x (b, t, 4) -> (b, t, 4)
void check_empty(const char* name, const Layer& layer, bool without_steps = true) {
    for (const Shape& shape : {Shape{0, 3, 4}, Shape{2, 0, 4}, Shape{0, 0, 4}}) {
        if (shape[1] == 0 && !without_steps) continue;
        INFO(name << " of " << to_string(shape));
        nn::Params p(3);
        const Var x = Var::leaf(Array::from_shape(shape));
        Tape tape;
        Var y;
        REQUIRE_NOTHROW(y = layer(p, x));
        CHECK(y.shape() == shape);
        REQUIRE_NOTHROW(tape.backward(sum(y)));
        CHECK(x.grad().shape() == shape);
        for (const Var& parameter : p.list())
            if (parameter.has_grad())
                CHECK(elements(parameter.grad()) == std::vector<double>(static_cast<std::size_t>(parameter.size()), 0));
    }
}

Var scored(const nn::Params& p, const Var& x, const Score& score) {
    return nn::MultiHeadAttention(p, 4, 2, {.score = score, .logit_scale = true})(x, causal());
}

}  // namespace

TEST_CASE("empty: layers that go through each position", "[empty]") {
    check_empty("Linear", [](const nn::Params& p, const Var& x) { return nn::Linear(p, 4, 4)(x); });
    check_empty("Norm", [](const nn::Params& p, const Var& x) { return nn::Norm(p, 4, {.bias = false})(x); });
    check_empty("LayerScale", [](const nn::Params& p, const Var& x) { return nn::LayerScale(p, 4, 0.1)(x); });
    check_empty("StochasticDepth", [](const nn::Params& p, const Var& x) { return nn::StochasticDepth(p, 0.5)(x); });
    for (const nn::Activation activation : {nn::Activation::gelu, nn::Activation::gelu_tanh}) {
        const auto gated = [=](const nn::Params& p, const Var& x) {
            return nn::FeedForward(p, 4, 8, {.activation = activation, .gated = true})(x);
        };
        check_empty("gated FeedForward", gated);
    }
    check_empty("LayerNorm", [](const nn::Params& p, const Var& x) { return nn::LayerNorm(p, 4)(x); });
    check_empty("RMSNorm", [](const nn::Params& p, const Var& x) { return nn::RMSNorm(p, 4)(x); });
    check_empty("BatchNorm", [](const nn::Params& p, const Var& x) { return nn::BatchNorm(p, 4)(x); });
    check_empty("GroupNorm", [](const nn::Params& p, const Var& x) { return nn::GroupNorm(p, 2, 4)(x); });
    check_empty("FeedForward",
                [](const nn::Params& p, const Var& x) { return nn::FeedForward(p, 4, 8, {.dropout = 0.5})(x); });
    check_empty("SinusoidalPositions",
                [](const nn::Params&, const Var& x) { return nn::SinusoidalPositions(9, 4)(x); });
    check_empty("LearnedPositions", [](const nn::Params& p, const Var& x) { return nn::LearnedPositions(p, 9, 4)(x); });
    check_empty(
        "Conv1d", [](const nn::Params& p, const Var& x) { return nn::Conv1d(p, 4, 4, 3, {.padding = 1})(x); }, false);
    check_empty(
        "GRU", [](const nn::Params& p, const Var& x) { return nn::GRU(p, 4, 2, {.bidirectional = true})(x).outputs; },
        false);
    check_empty(
        "LSTM",
        [](const nn::Params& p, const Var& x) {
            return nn::LSTM(p, 4, 2, {.bidirectional = true})(x, Ints::from_shape({0})).outputs;
        },
        false);
    check_empty(
        "GRU of two layers",
        [](const nn::Params& p, const Var& x) { return nn::GRU(p, 4, 4, {.layers = 2, .dropout = 0.5})(x).outputs; },
        false);
    check_empty(
        "ConvTranspose1d",
        [](const nn::Params& p, const Var& x) { return nn::ConvTranspose1d(p, 4, 4, 3, {.padding = 1})(x); }, false);
    check_empty(
        "ConvTranspose2d",
        [](const nn::Params& p, const Var& x) {
            return squeeze(nn::ConvTranspose2d(p, 4, 4, {1, 3}, {.padding = {0, 1}})(unsqueeze(x, 1)), 1);
        },
        false);
}

TEST_CASE("empty: layers that a condition steers", "[empty]") {
    const auto condition = [](const Var& x) { return Var(filled({x.dim(0), 3}, 1)); };
    check_empty("AdaptiveNorm",
                [&](const nn::Params& p, const Var& x) { return nn::AdaptiveNorm(p, 4, 3)(x, condition(x)); });
    check_empty("AdaptiveEncoder", [&](const nn::Params& p, const Var& x) {
        return nn::AdaptiveEncoder(p, 2, 4, 2, 3)(x, condition(x), causal());
    });
}

TEST_CASE("empty: tables, and what copies", "[empty]") {
    for (const auto& [batch, times] : {std::pair<Dim, Dim>{0, 3}, {2, 0}, {0, 0}}) {
        CAPTURE(batch, times);
        nn::Params p(3);
        const Ints ids(Shape{batch, times}, 1);
        Tape tape;
        const Var words = nn::Embedding(p / "word", 5, 4, {.padding = 0})(ids);
        CHECK(words.shape() == Shape{batch, times, 4});
        const nn::EmbeddingBag bag(p / "bag", 5, 4);
        const Var bags = bag(ids), cut = bag(Ints::from_shape({0}), Ints(Shape{batch}, 0));
        CHECK(elements(bags.value()) == std::vector<double>(static_cast<std::size_t>(batch * 4), 0));
        CHECK(elements(cut.value()) == std::vector<double>(static_cast<std::size_t>(batch * 4), 0));
        const nn::PointerGenerator pointer(p / "pointer", 4);
        const Var logits(filled({batch, times, 3}, 0)), weights(filled({batch, times, 2}, 0.5));
        const Ints copies(Shape{batch, 2}, 4);
        const Var all = pointer(words, logits, weights, copies, 5);
        const Var of_targets = pointer.of_targets(words, logits, weights, copies, ids);
        CHECK(all.shape() == Shape{batch, times, 5});
        CHECK(of_targets.shape() == Shape{batch, times});
        CHECK_NOTHROW(tape.backward(sum(words) + sum(bags) + sum(cut) + sum(all) + sum(of_targets)));
        for (const Var& parameter : p.list())
            if (parameter.has_grad())
                CHECK(elements(parameter.grad()) == std::vector<double>(static_cast<std::size_t>(parameter.size()), 0));
    }
}

TEST_CASE("empty: attention to itself", "[empty]") {
    check_empty("MultiHeadAttention",
                [](const nn::Params& p, const Var& x) { return nn::MultiHeadAttention(p, 4, 2)(x); });
    check_empty("qk_norm", [](const nn::Params& p, const Var& x) {
        return nn::MultiHeadAttention(p, 4, 2, {.qk_norm = true})(x);
    });
    check_empty("all options", [](const nn::Params& p, const Var& x) {
        Var weights;
        return nn::MultiHeadAttention(p, 4, 2,
                                      {.key_heads = 1,
                                       .dropout = 0.5,
                                       .soft_cap = 3,
                                       .qk_norm = true,
                                       .logit_scale = true,
                                       .sink = true,
                                       .rotary = RotaryOptions{}})(x, causal(), &weights);
    });
    check_empty("cosine", [](const nn::Params& p, const Var& x) { return scored(p, x, score::cosine()); });
    check_empty("general", [](const nn::Params& p, const Var& x) {
        return scored(p, x, score::general(filled({2, 2}, 1)));
    });
    check_empty("additive",
                [](const nn::Params& p, const Var& x) { return scored(p, x, score::additive(filled({2}, 1))); });
    check_empty("concat", [](const nn::Params& p, const Var& x) {
        return scored(p, x, score::concat(filled({3}, 1), filled({4, 3}, 1)));
    });
    check_empty("TransformerEncoder",
                [](const nn::Params& p, const Var& x) { return nn::TransformerEncoder(p, 2, 4, 2)(x, causal()); });
    check_empty("TransformerEncoder with all options", [](const nn::Params& p, const Var& x) {
        const nn::TransformerOptions options{.gated = true,
                                             .bias = false,
                                             .norm = nn::NormKind::rms,
                                             .layer_scale = 0.5,
                                             .stochastic_depth = 0.5,
                                             .relative = nn::RelativeOptions{},
                                             .attend = {.head_width = 3, .scale = 1}};
        return nn::TransformerEncoder(p, 2, 4, 2, options)(x, causal());
    });
    check_empty("linear_attention", [](const nn::Params&, const Var& x) {
        const Var heads = unsqueeze(x, 1);
        return squeeze(linear_attention(heads, heads, heads), 1);
    });
}

TEST_CASE("empty: queries and memories", "[empty]") {
    check_empty("no queries", [](const nn::Params& p, const Var& x) {
        const nn::TransformerDecoderLayer layer(p, 4, 2);
        return layer(x, layer.remember(filled({x.dim(0), 3, 4}, 1), lengths(Ints(Shape{x.dim(0)}, 2))), causal());
    });
    for (const Dim batch : {Dim{0}, Dim{2}}) {
        nn::Params p(3);
        const nn::AdditiveAttention additive(p / "additive", 4, 4, 4, {.heads = 2});
        const nn::DotProductAttention dot(p / "dot", 4, 4, {.general = true});
        const nn::MultiHeadAttention heads(p / "heads", 4, 2, {.qk_norm = true});
        const nn::LocationAttention location(p / "location", 4, 4, 4, {.coverage = true});
        const Var memory = Var::leaf(Array::from_shape({batch, 0, 4})), q(filled({batch, 5, 4}, 1)),
                  step(filled({batch, 4}, 1));
        const std::vector<double> zeros_of_q(static_cast<std::size_t>(batch * 20), 0);
        Tape tape;
        const Var attended = additive(q, additive.remember(memory)), found = dot(q, dot.remember(memory));
        CHECK(elements(attended.value()) == zeros_of_q);  // nothing to see
        CHECK(elements(found.value()) == zeros_of_q);
        const nn::AttentionMemory known = location.remember(memory);
        nn::AlignmentState state = location.start(known);
        const Var next = location(step, known, state);
        CHECK(next.shape() == Shape{batch, 4});
        CHECK(state.previous.shape() == Shape{batch, 0});
        tape.backward(sum(attended) + sum(found) + sum(next) + sum(heads(q, heads.remember(memory))));
        CHECK(memory.grad().shape() == memory.shape());
    }
}
