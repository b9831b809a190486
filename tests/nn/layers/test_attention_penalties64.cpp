// A gradient penalty through an attention layer on the composed path: its values are those of the fused one, and its
// gradient is that of differences.
#include <heed/nn/layers/attention.hpp>
#include <heed/tests/penalty.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

// The same parameters on either path.
nn::MultiHeadAttention layer_of(nn::MultiHeadOptions options, Policy policy) {
    options.policy = policy;
    return nn::MultiHeadAttention(nn::Params(4), 8, 2, options);
}

void check_layer(const nn::MultiHeadOptions& options, const Mask& mask) {
    const nn::MultiHeadAttention fused = layer_of(options, Policy::automatic),
                                 composed = layer_of(options, Policy::require_composed);
    const Array x = randn({2, 4, 8}, Key{1, 1}).value();
    const auto out = [&](const nn::MultiHeadAttention& layer) {
        const Tape tape(Key{3, 5});
        return elements(layer(Var::leaf(x), mask).value());
    };
    const std::vector<double> a = out(fused), b = out(composed);
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == Approx(b[i]).epsilon(1e-12).margin(1e-14));
    check_penalty({x}, [&](const std::vector<Var>& in) { return sum(square(composed(in[0], mask))); });
}

}  // namespace

TEST_CASE("nn: a gradient penalty through multi-head attention agrees with differences", "[nn][higher]") {
    SECTION("plain") { check_layer({}, {}); }
    SECTION("causal, lengths and dropout") { check_layer({.dropout = 0.4}, causal() & lengths({4, 2})); }
    SECTION("rotary, norms, a sink, a cap and fewer key heads") {
        check_layer({.key_heads = 1,
                     .soft_cap = 3,
                     .qk_norm = true,
                     .logit_scale = true,
                     .sink = true,
                     .rotary = RotaryOptions{}},
                    window(2, 1));
    }
    SECTION("pairs that are kept, with a bias") {
        const Array pairs{{1, 0, 1, 1}, {0, 0, 0, 0}, {1, 1, 0, 1}, {0, 1, 1, 1}};
        check_layer({.score = score::cosine()}, keep(pairs) + alibi(alibi_slopes(2)));
    }
    SECTION("the fused path names itself") {
        const nn::MultiHeadAttention fused = layer_of({}, Policy::automatic);
        Tape tape;
        HigherOrder higher;
        const Var x = Var::leaf(randn({1, 3, 8}, Key{1, 2}).value()), y = sum(fused(x));
        const std::string text = text_of([&] { higher.gradient(y, {x}); });
        CHECK_THAT(text, Containing("the result of attention (called from "));
        CHECK_THAT(text, Containing("whose backward is not written with ops"));
    }
}
