// What TransformerOptions change, each against plain loops or against the same composed by hand, in double.
#include <algorithm>
#include <heed/nn/layers/transformer.hpp>
#include <heed/tests/layers.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using nn::Activation, nn::NormKind, nn::TransformerOptions;

namespace {

std::vector<std::string> names_of(const nn::Params& p) {
    std::vector<std::string> names;
    for (const Var& v : p.list()) names.push_back(v.name());
    return names;
}

std::size_t biases_of(const nn::Params& p) {
    const std::vector<std::string> names = names_of(p);
    return static_cast<std::size_t>(
        std::count_if(names.begin(), names.end(), [](const std::string& name) { return name.ends_with(".bias"); }));
}

double relu_of(double x) { return x > 0 ? x : 0; }
double gelu_of(double x) { return x * 0.5 * std::erfc(-x / std::sqrt(2.0)); }
double gelu_tanh_of(double x) {
    return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
}
double silu_of(double x) { return x / (1 + std::exp(-x)); }

constexpr std::pair<Activation, double (*)(double)> activations[]{{Activation::relu, relu_of},
                                                                  {Activation::gelu, gelu_of},
                                                                  {Activation::gelu_tanh, gelu_tanh_of},
                                                                  {Activation::silu, silu_of}};

// Every option of a layer that is off by default, but those of position.
TransformerOptions all_options() {
    return {.hidden = 6,
            .activation = Activation::silu,
            .gated = true,
            .dropout = 0.1,
            .bias = false,
            .norm = NormKind::rms,
            .key_heads = 1,
            .rotary = RotaryOptions{.layout = RotaryLayout::halves},
            .layer_scale = 0.5,
            .stochastic_depth = 0.4,
            .attend = {.head_width = 4,
                       .query_bias = true,
                       .scale = 0.7,
                       .soft_cap = 5,
                       .qk_norm = true,
                       .logit_scale = true,
                       .sink = true},
            .cross = {.memory_width = 3, .head_width = 2, .score = score::cosine(), .scale = 3},
            .feed_bias = true};
}

}  // namespace

TEST_CASE("nn: a gated FeedForward", "[nn]") {
    const Array x = noise({2, 3, 4}, 2);
    for (const auto& [activation, f] : activations)
        for (const bool bias : {true, false}) {
            const nn::Params p(1);
            const nn::FeedForward feed(p, 4, 5, {.activation = activation, .gated = true, .bias = bias});
            CHECK(names_of(p).size() == (bias ? 4 : 2));
            CHECK(feed.up.weight.shape() == Shape{4, 10});
            const Var y = feed(x);
            for (Dim b = 0; b < 2; ++b) {
                Rows hidden = affine(example(x, b), feed.up);
                for (std::vector<double>& row : hidden) {
                    for (std::size_t i = 0; i < 5; ++i) row[i] = f(row[i]) * row[i + 5];
                    row.resize(5);
                }
                CHECK(difference(y.value(), b, affine(hidden, feed.down)) < 1e-12);
            }
            const Var leaf = Var::leaf(x, "x");
            std::vector<Var> leaves = p.list();
            leaves.push_back(leaf);
            check_gradients(leaves, "", [&] { return feed(leaf); });
        }
    for (const auto& [activation, f] : activations)
        CHECK_THAT(text_of([a = activation] {
                       nn::activate_gated(filled({2, 3}, 1), a);
                   }),
                   Containing("argument 'x' has shape (2, 3); expected "));
    CHECK_THAT(text_of([] {
                   nn::activate_gated(filled({2, 4}, 1), static_cast<Activation>(9));
               }),
               StartsWith("activate: 9 is no Activation"));
}

TEST_CASE("nn: Norm is LayerNorm, with a bias or without, or RMSNorm", "[nn]") {
    const nn::Params p(1);
    const Var x = Var::leaf(noise({2, 3, 4}, 2), "x");
    const nn::Norm layer(p / "layer", 4, {.epsilon = 0.1}), bare(p / "bare", 4, {.bias = false}),
        rms(p / "rms", 4, {.kind = NormKind::rms, .epsilon = 0.2});
    for (const Var& v : p.list()) v.mutable_value() = noise(v.shape(), 3);
    CHECK(names_of(p) == std::vector<std::string>{"layer.gain", "layer.bias", "bare.gain", "rms.gain"});
    CHECK(elements(layer(x).value()) == elements(layer_norm(x, layer.gain, layer.bias, 0.1).value()));
    CHECK(elements(bare(x).value()) == elements(layer_norm(x, bare.gain, zeros({4}), 1e-5).value()));
    CHECK(elements(rms(x).value()) == elements(rms_norm(x, rms.gain, 0.2).value()));
    std::vector<Var> leaves = p.list();
    leaves.push_back(x);
    check_gradients(leaves, "", [&] { return layer(x) + square(bare(x)) + rms(x); });
    CHECK_THAT(text_of([&] { bare(filled({2, 3}, 1)); }), StartsWith("layer_norm 'bare': argument 'gain' has shape"));
}

TEST_CASE("nn: which parts of a layer have biases", "[nn]") {
    const auto of = [](const TransformerOptions& options) {
        const nn::Params p(1);
        const nn::TransformerDecoderLayer layer(p, 8, 2, options);
        return std::vector<bool>{layer.attend.query.bias.defined(), layer.attend.key.bias.defined(),
                                 layer.attend.value.bias.defined(), layer.attend.out.bias.defined(),
                                 layer.cross.key.bias.defined(),    layer.cross.out.bias.defined(),
                                 layer.feed.up.bias.defined(),      layer.feed.down.bias.defined(),
                                 layer.norm1.bias.defined(),        layer.norm3.bias.defined()};
    };
    CHECK(of({}) == std::vector<bool>(10, true));
    CHECK(of({.bias = false}) == std::vector<bool>(10, false));
    CHECK(of({.norm = NormKind::rms}) == std::vector<bool>{1, 1, 1, 1, 1, 1, 1, 1, 0, 0});
    CHECK(of({.attend = {.key_bias = false}, .cross = {.bias = false, .out_bias = true}}) ==
          std::vector<bool>{1, 0, 1, 1, 0, 1, 1, 1, 1, 1});
    CHECK(of({.bias = false, .attend = {.bias = true, .out_bias = false}}) ==
          std::vector<bool>{1, 1, 1, 0, 0, 0, 0, 0, 0, 0});
    CHECK(of({.bias = false, .attend = {.query_bias = true, .value_bias = true}, .norm_bias = true}) ==
          std::vector<bool>{1, 0, 1, 0, 0, 0, 0, 0, 1, 1});
    CHECK(of({.feed_bias = false, .norm_bias = false}) == std::vector<bool>{1, 1, 1, 1, 1, 1, 0, 0, 0, 0});
    const nn::Params p(1);
    const nn::TransformerDecoder decoder(p, 2, 8, 2, {.bias = false});
    CHECK(biases_of(p) == 0);
}

TEST_CASE("nn: a layer's attentions take the options of MultiHeadAttention", "[nn]") {
    const TransformerOptions options = all_options();
    const nn::Params p(1), alone(1);
    const nn::TransformerDecoderLayer layer(p, 8, 2, options);
    const nn::MultiHeadAttention attend(alone / "attend", 8, 2,
                                        {.key_heads = 1,
                                         .head_width = 4,
                                         .bias = false,
                                         .query_bias = true,
                                         .scale = 0.7,
                                         .soft_cap = 5,
                                         .qk_norm = true,
                                         .logit_scale = true,
                                         .sink = true,
                                         .rotary = RotaryOptions{.layout = RotaryLayout::halves}});
    const nn::MultiHeadAttention cross(
        alone / "cross", 8, 2,
        {.memory_width = 3, .head_width = 2, .bias = false, .score = score::cosine(), .scale = 3});
    CHECK(names_of(p / "attend") == names_of(alone / "attend"));
    const Array x = noise({2, 4, 8}, 2), memory = noise({2, 5, 3}, 3);
    CHECK(elements(layer.attend(x, causal()).value()) == elements(attend(x, causal()).value()));
    CHECK(elements(layer.cross(x, layer.remember(memory)).value()) ==
          elements(cross(x, cross.remember(memory)).value()));
    CHECK(layer.attend.dropout == 0.1);
    const nn::TransformerEncoderLayer other(p / "other", 8, 2, {.dropout = 0.1, .attend = {.dropout = 0}});
    CHECK(other.attend.dropout == 0);
    CHECK(other.feed.drop.p == 0.1);
}

TEST_CASE("nn: heads of another width than dim / heads, and another scale", "[nn]") {
    const nn::Params p(1);
    const nn::MultiHeadAttention layer(p, 6, 4, {.key_heads = 2, .head_width = 5, .scale = 1});
    CHECK(layer.query.weight.shape() == Shape{6, 20});
    CHECK(layer.key.weight.shape() == Shape{6, 10});
    CHECK(layer.out.weight.shape() == Shape{20, 6});
    const Array x = noise({2, 3, 6}, 2);
    const Var y = layer(x);
    for (Dim b = 0; b < 2; ++b) {
        const Rows in = example(x, b), q = affine(in, layer.query), k = affine(in, layer.key),
                   v = affine(in, layer.value);
        const auto repeated = [](const Rows& rows) {  // each of two heads for two of the four
            Rows wide;
            for (const std::vector<double>& row : rows) {
                wide.emplace_back();
                for (const std::size_t head : {0u, 0u, 1u, 1u})
                    for (std::size_t i = 0; i < 5; ++i) wide.back().push_back(row[head * 5 + i]);
            }
            return wide;
        };
        Rows found(3, std::vector<double>(20));
        for (std::size_t first = 0; first < 20; first += 5)
            attend(
                q, repeated(k), repeated(v), 1, [](std::size_t, std::size_t) { return true; }, first, 5, 5, found);
        CHECK(difference(y.value(), b, affine(found, layer.out)) < 1e-12);
    }
    CHECK(nn::MultiHeadAttention(p / "qk", 6, 4, {.head_width = 5, .qk_norm = true}).key_norm->gain.dim(0) == 5);
    CHECK_THAT(text_of([&] { nn::MultiHeadAttention(p / "a", 6, 4); }),
               StartsWith("MultiHeadAttention 'a': dim 6 is not a multiple of heads 4"));
    CHECK_THAT(text_of([&] { nn::MultiHeadAttention(p / "b", 6, 4, {.head_width = -1}); }),
               StartsWith("MultiHeadAttention 'b': head_width is -1"));
    CHECK_THAT(text_of([&] { nn::MultiHeadAttention(p / "c", 6, 4, {.head_width = Dim{1} << 61}); }),
               StartsWith("Params 'c.query.weight': shape (6, 9223372036854775807) has more than "));
    const nn::MultiHeadAttention endless(p / "d", 8, 4, {.scale = HUGE_VAL});
    CHECK_THAT(text_of([&] {
                   endless(noise({1, 2, 8}, 1));
               }),
               StartsWith("attention 'd': scale is inf; expected a finite number"));
}

TEST_CASE("nn: positions by distance, which the layers of a stack share", "[nn]") {
    const nn::Params p(1);
    const nn::RelativeOptions both{.buckets = 6, .rule = {.max_distance = 5}},
        back{.buckets = 5, .rule = {.bidirectional = false, .max_distance = 5}};
    const nn::TransformerEncoder encoder(p / "encoder", 2, 8, 2, {.relative = both});
    const nn::TransformerDecoder decoder(p / "decoder", 2, 8, 2, {.relative = back});
    CHECK(encoder.relative->table.name() == "encoder.relative.table");
    const Var x = Var::leaf(noise({2, 9, 8}, 2), "x");
    const Mask mask = lengths({9, 6});
    const Var places = encoder.relative->table;
    const Mask all = mask + relative_buckets(places, {.max_distance = 5});
    CHECK(elements(encoder(x, mask).value()) ==
          elements((*encoder.norm)(encoder.layers[1](encoder.layers[0](x, all), all)).value()));
    const std::vector<nn::AttentionMemory> memory = decoder.remember(x);
    const Mask past = causal() + (*decoder.relative)();
    CHECK(elements(decoder(x, memory).value()) ==
          elements((*decoder.norm)(decoder.layers[1](decoder.layers[0](x, memory[0], past), memory[1], past)).value()));
    check_gradients({places, decoder.relative->table, x}, "",
                    [&] { return decoder(x, decoder.remember(encoder(x, mask), mask)); });
    const nn::RelativePositions shared(p / "shared", 2, both);
    const nn::TransformerEncoderLayer layer(p / "layer", 8, 2);
    CHECK(layer(x, causal() + shared()).shape() == x.shape());
    CHECK_THAT(text_of([&] { nn::TransformerEncoderLayer(p / "a", 8, 2, {.relative = both}); }),
               StartsWith("TransformerEncoderLayer 'a': .relative is of a stack, whose layers share the table"));
    CHECK_THAT(text_of([&] { nn::TransformerDecoderLayer(p / "b", 8, 2, {.relative = both}); }),
               StartsWith("TransformerDecoderLayer 'b': .relative is of a stack, whose layers share the table"));
    CHECK_THAT(text_of([&] { nn::RelativePositions(p / "c", 2, {.buckets = 0}); }),
               StartsWith("RelativePositions 'c': 0 buckets for 2 heads; expected both above zero\n"));
    CHECK_THAT(
        text_of([&] { nn::RelativePositions(p / "d", 2, {.buckets = 7}); }),
        StartsWith("relative_buckets 'd': argument 'table' has shape (7, 2); expected (buckets, h) with at least "
                   "4, an even number of buckets\n  called from "));
    CHECK_THAT(text_of([&] { nn::RelativePositions(p / "e", 2, {.rule = {.max_distance = 8}}); }),
               StartsWith("relative_buckets 'e': max_distance is 8; expected more than 8"));
}

TEST_CASE("nn: gradients of transformer layers with all options", "[nn]") {
    const nn::Params p(1);
    const Var x = Var::leaf(noise({8, 3, 4}, 2), "x"), memory = Var::leaf(noise({8, 2, 3}, 3), "memory");
    const Mask part = lengths({3, 2, 3, 1, 3, 3, 2, 3}), seen = lengths({2, 1, 2, 2, 0, 2, 1, 2});
    const nn::TransformerEncoderLayer encoder(p / "encoder", 4, 2, all_options());
    const nn::TransformerDecoderLayer decoder(p / "decoder", 4, 2, all_options());
    std::vector<Var> leaves = p.list();
    leaves.push_back(x);
    leaves.push_back(memory);
    check_gradients(leaves, "", [&] { return decoder(encoder(x, part), decoder.remember(memory, seen)); });
}
