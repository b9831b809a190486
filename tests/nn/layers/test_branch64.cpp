// Layer scale and stochastic depth, alone and in the layers of a Transformer, in double.
#include <heed/nn/layers/transformer.hpp>
#include <heed/tests/layers.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

TEST_CASE("nn: layer scale", "[nn]") {
    const Array x = noise({2, 4, 8}, 2);
    for (const bool first : {true, false}) {
        const nn::Params p(1);
        const nn::TransformerEncoderLayer layer(p, 8, 2, {.norm_first = first, .layer_scale = 0.25});
        const Var one = layer.branch1.scale->gain, two = layer.branch2.scale->gain;
        CHECK(elements(one.value()) == std::vector<double>(8, 0.25));
        CHECK(one.name() == "scale1.gain");
        one.mutable_value() = noise({8}, 3);
        two.mutable_value() = noise({8}, 4);
        const Var mid = first ? x + layer.attend(layer.norm1(x)) * one : layer.norm1(x + layer.attend(x) * one);
        const Var y = first ? mid + layer.feed(layer.norm2(mid)) * two : layer.norm2(mid + layer.feed(mid) * two);
        CHECK(elements(layer(x).value()) == elements(y.value()));
    }
    CHECK_THAT(text_of([] { nn::TransformerEncoderLayer(nn::Params() / "a", 8, 2, {.layer_scale = NAN}); }),
               StartsWith("LayerScale 'a.scale1': starts at nan; expected a finite number\n  called from "));
}

TEST_CASE("nn: stochastic depth leaves out whole examples while a training tape records", "[nn]") {
    const nn::Params p(1);
    const nn::StochasticDepth depth(p / "depth", 0.25);
    const Var x = Var::leaf(noise({400, 2, 3}, 2), "x");
    CHECK(elements(depth(x).value()) == elements(x.value()));
    {
        const Tape tape(evaluate);
        CHECK(elements(depth(x).value()) == elements(x.value()));
    }
    const auto run = [&](const nn::StochasticDepth& layer, std::uint64_t step) {
        Tape tape(Key{5, step});
        const Var y = layer(x);
        return std::pair(elements(y.value()), elements(gradient(sum(y), {x}).front()));
    };
    const auto [y, dx] = run(depth, 1);
    Dim gone = 0;
    for (std::size_t b = 0; b < 400; ++b) {
        const bool out = y[b * 6] == 0;
        gone += out;
        for (std::size_t i = b * 6; i < b * 6 + 6; ++i) {
            CHECK(y[i] == Approx(out ? 0 : x.value().storage()[i] / 0.75));
            CHECK(dx[i] == Approx(out ? 0 : 1 / 0.75));
        }
    }
    CHECK((gone > 70 && gone < 130));  // 100 of 400 with a deviation of 8.7
    CHECK(run(depth, 1).first == y);   // of this name and step
    CHECK(run(depth, 2).first != y);
    CHECK(run(nn::StochasticDepth(p / "other", 0.25), 1).first != y);
    const auto [none, flat] = run(nn::StochasticDepth(p / "all", 1), 1);
    CHECK(none == std::vector<double>(2400, 0));
    CHECK(flat == std::vector<double>(2400, 0));
    check_gradients({x}, "", [&] { return depth(x); });
    Array broken = noise({400, 2, 3}, 2);
    for (std::size_t i = 0; i < 2400; ++i)
        if (y[i] == 0) broken.data()[i] = NAN;
    const Tape tape(Key{5, 1});
    CHECK(elements(depth(broken).value()) == y);  // what is left out has no effect
    CHECK_THAT(text_of([&] { depth(1.5); }),
               StartsWith("StochasticDepth 'depth': argument 'x' has shape (); expected"));
}

TEST_CASE("nn: stochastic depth grows along a stack", "[nn]") {
    const nn::Params p(1);
    const nn::TransformerEncoder four(p / "four", 4, 8, 2, {.stochastic_depth = 0.3});
    const nn::TransformerDecoder three(p / "three", 3, 8, 2, {.stochastic_depth = 0.2});
    const std::vector<double> expected{0, 0.1, 0.2, 0.3};
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(four.layers[i].branch1.depth.p == Approx(expected[i]));
        CHECK(four.layers[i].branch2.depth.p == Approx(expected[i]));
    }
    for (std::size_t i = 0; i < 3; ++i) CHECK(three.layers[i].branch3.depth.p == Approx(expected[i]));
    CHECK(nn::TransformerEncoder(p / "one", 1, 8, 2, {.stochastic_depth = 0.3}).layers[0].branch1.depth.p == 0);
    CHECK(nn::TransformerEncoderLayer(p / "layer", 8, 2, {.stochastic_depth = 0.3}).branch1.depth.p == 0.3);
    for (const double wrong : {-0.1, 1.5, std::nan("")})
        for (const Dim layers : {1, 3})
            CHECK_THAT(text_of([&] { nn::TransformerEncoder(p / "e", layers, 8, 2, {.stochastic_depth = wrong}); }),
                       StartsWith("StochasticDepth 'e': p is "));
    // Both parts of one layer draw for themselves.
    const nn::TransformerEncoderLayer half(p / "half", 8, 2, {.stochastic_depth = 0.5});
    const Tape tape(Key{1, 1});
    const Var ones_ = ones({64, 1, 8});
    CHECK(elements(half.branch1(ones_).value()) != elements(half.branch2(ones_).value()));
}
