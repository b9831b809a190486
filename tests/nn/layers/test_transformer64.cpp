// Transformer layers and positions against plain loops, and their gradients against differences, in double.
#include <heed/nn/layers/positions.hpp>
#include <heed/nn/layers/transformer.hpp>
#include <heed/tests/layers.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

bool everything(std::size_t, std::size_t) { return true; }
bool past(std::size_t i, std::size_t j) { return j <= i; }

double gelu_of(double x) { return x * 0.5 * std::erfc(-x / std::sqrt(2.0)); }
double relu_of(double x) { return x > 0 ? x : 0; }

Rows feed_forward(const nn::FeedForward& feed, const Rows& x, double (*f)(double)) {
    Rows h = affine(x, feed.up);
    for (std::vector<double>& row : h)
        for (double& v : row) v = f(v);
    return affine(h, feed.down);
}

}  // namespace

TEST_CASE("nn: an encoder layer with its norms first", "[nn]") {
    const nn::Params p(1);
    const nn::TransformerEncoderLayer layer(p, 8, 2);
    const Array x = noise({2, 4, 8}, 2);
    const Var y = layer(x);
    CHECK(layer.feed.up.weight.shape() == Shape{8, 32});
    for (Dim b = 0; b < 2; ++b) {
        const Rows in = example(x, b), h = normed(in, layer.norm1),
                   mid = plus(in, multi_head(layer.attend, h, h, everything));
        CHECK(difference(y.value(), b, plus(mid, feed_forward(layer.feed, normed(mid, layer.norm2), gelu_of))) < 1e-12);
    }
}

TEST_CASE("nn: an encoder layer with its norms last", "[nn]") {
    const nn::Params p(1);
    const nn::TransformerEncoderLayer layer(p, 8, 2,
                                            {.hidden = 5, .norm_first = false, .activation = nn::Activation::relu});
    const Array x = noise({2, 4, 8}, 2);
    const Var y = layer(x, causal());
    for (Dim b = 0; b < 2; ++b) {
        const Rows in = example(x, b), mid = normed(plus(in, multi_head(layer.attend, in, in, past)), layer.norm1);
        CHECK(difference(y.value(), b, normed(plus(mid, feed_forward(layer.feed, mid, relu_of)), layer.norm2)) < 1e-12);
    }
}

TEST_CASE("nn: a decoder layer with its norms first, and last", "[nn]") {
    const Array x = noise({2, 4, 8}, 2), memory = noise({2, 3, 8}, 3);
    for (const bool first : {true, false}) {
        const nn::Params p(1);
        const nn::TransformerDecoderLayer layer(p, 8, 2, {.norm_first = first});
        const Var y = layer(x, layer.remember(memory));
        for (Dim b = 0; b < 2; ++b) {
            const Rows in = example(x, b), from = example(memory, b);
            const auto part = [&](const Rows& at, const nn::Norm& norm, const std::function<Rows(const Rows&)>& f) {
                return first ? plus(at, f(normed(at, norm))) : normed(plus(at, f(at)), norm);
            };
            const Rows one = part(in, layer.norm1, [&](const Rows& h) { return multi_head(layer.attend, h, h, past); });
            const Rows two =
                part(one, layer.norm2, [&](const Rows& h) { return multi_head(layer.cross, h, from, everything); });
            CHECK(difference(y.value(), b, part(two, layer.norm3, [&](const Rows& h) {
                                 return feed_forward(layer.feed, h, gelu_of);
                             })) < 1e-12);
        }
    }
}

TEST_CASE("nn: stacks are their layers one after the other", "[nn]") {
    const nn::Params p(1);
    const nn::TransformerEncoder encoder(p / "encoder", 2, 8, 2), last(p / "last", 1, 8, 2, {.norm_first = false});
    const nn::TransformerDecoder decoder(p / "decoder", 2, 8, 2);
    const Array x = noise({2, 4, 8}, 2);
    std::vector<Var> weights;
    const Var read = encoder(x, lengths({4, 2}), &weights);
    CHECK(elements(read.value()) ==
          elements((*encoder.norm)(encoder.layers[1](encoder.layers[0](x, lengths({4, 2})), lengths({4, 2}))).value()));
    CHECK(elements(last(x).value()) == elements(last.layers[0](x).value()));
    REQUIRE(weights.size() == 2);
    CHECK(weights[1].shape() == Shape{2, 2, 4, 4});
    const std::vector<nn::AttentionMemory> memory = decoder.remember(read, lengths({4, 2}));
    const Var y = decoder(x, memory, causal(), &weights);
    CHECK(elements(y.value()) ==
          elements((*decoder.norm)(decoder.layers[1](decoder.layers[0](x, memory[0]), memory[1])).value()));
    CHECK(weights.size() == 2);
    CHECK_THAT(text_of([&] { decoder(x, {memory[0]}); }), StartsWith("TransformerDecoder: 1 memories for 2 layers"));
}

TEST_CASE("nn: gradients of transformer layers", "[nn]") {
    for (const bool first : {true, false}) {
        const nn::Params p(1);
        const Var x = Var::leaf(noise({2, 3, 4}, 2), "x");
        const nn::TransformerOptions options{.hidden = 6, .norm_first = first, .dropout = 0.2};
        const nn::TransformerEncoderLayer encoder(p / "encoder", 4, 2, options);
        const nn::TransformerDecoderLayer decoder(p / "decoder", 4, 2, options);
        std::vector<Var> leaves = p.list();
        leaves.push_back(x);
        check_gradients(leaves, "key.bias", [&] {
            return decoder(x, decoder.remember(encoder(x, lengths({3, 2})), lengths({3, 2})));
        });
    }
}

TEST_CASE("nn: positions", "[nn]") {
    const nn::SinusoidalPositions waves(50, 7);
    const Array x = noise({2, 4, 7}, 2);
    const Array y = waves(x, 30).value();
    for (Dim t = 0; t < 4; ++t)
        for (Dim i = 0; i < 7; ++i) {
            const double angle = static_cast<double>(30 + t) / std::pow(10000, 2 * static_cast<double>(i / 2) / 7);
            CHECK(y(1, t, i) - x(1, t, i) == Approx(i % 2 ? std::cos(angle) : std::sin(angle)).margin(1e-12));
        }
    const nn::Params p(1);
    const nn::LearnedPositions learned(p / "place", 5, 7);
    CHECK(learned(x, 1).value()(1, 2, 3) == x(1, 2, 3) + learned.table.value()(3, 3));
    const Var leaf = Var::leaf(x, "x");
    check_gradients({learned.table, leaf}, "", [&] { return learned(leaf, 1); });
    CHECK_THAT(text_of([&] { learned(x, 2); }),
               StartsWith("LearnedPositions 'place': positions 2 to 5; it was made for 0 to 4\n"));
    CHECK_THAT(text_of([&] { waves(x, -1); }),
               StartsWith("SinusoidalPositions: positions -1 to 2; it was made for 0 to 49\n"));
    CHECK_THAT(text_of([&] {
                   waves(noise({4, 7}, 1));
               }),
               StartsWith("SinusoidalPositions: argument 'x' has shape (4, 7); expected (b, t, 7)\n"));
    CHECK_THAT(text_of([] { nn::SinusoidalPositions(0, 4); }),
               StartsWith("SinusoidalPositions: length 0 and width 4; expected both above zero\n"));
}
