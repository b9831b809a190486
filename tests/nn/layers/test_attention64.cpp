// Attention layers against plain loops, and their gradients against differences, in double.
#include <heed/tests/layers.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

bool everything(std::size_t, std::size_t) { return true; }

}  // namespace

TEST_CASE("nn: multi-head self-attention is the formula", "[nn]") {
    const nn::Params p(1);
    const nn::MultiHeadAttention layer(p, 12, 3);
    const Array x = noise({2, 5, 12}, 2);
    SECTION("everything visible") {
        const Var y = layer(x);
        for (Dim b = 0; b < 2; ++b)
            CHECK(difference(y.value(), b, multi_head(layer, example(x, b), example(x, b), everything)) < 1e-12);
    }
    SECTION("causal and lengths") {
        const Var y = layer(x, causal() & lengths({5, 2}));
        for (Dim b = 0; b < 2; ++b) {
            const std::size_t n = b ? 2 : 5;
            const Rows expected = multi_head(layer, example(x, b), example(x, b),
                                             [n](std::size_t i, std::size_t j) { return j <= i && j < n; });
            CHECK(difference(y.value(), b, expected) < 1e-12);
        }
    }
    SECTION("an example without a visible key gives the bias of the last projection") {
        const Var y = layer(x, lengths({3, 0}));
        for (Dim t = 0; t < 5; ++t)
            for (Dim d = 0; d < 12; ++d) CHECK(y.value()(1, t, d) == layer.out.bias.value()(d));
    }
}

TEST_CASE("nn: multi-head cross-attention is the formula", "[nn]") {
    const nn::Params p(1);
    const nn::MultiHeadAttention layer(p, 8, 2, {.memory_width = 6, .bias = false});
    CHECK(p.list().size() == 4);
    const Array q = noise({2, 3, 8}, 2), memory = noise({2, 4, 6}, 3);
    Var weights;
    const Var y = layer(q, layer.remember(memory, lengths({4, 1})), &weights);
    REQUIRE(weights.shape() == Shape{2, 2, 3, 4});
    for (Dim b = 0; b < 2; ++b) {
        const std::size_t n = b ? 1 : 4;
        const Visible visible = [n](std::size_t, std::size_t j) { return j < n; };
        CHECK(difference(y.value(), b, multi_head(layer, example(q, b), example(memory, b), visible)) < 1e-12);
        for (std::size_t h = 0; h < 2; ++h) {  // of each head, not averaged
            Rows unused(3, std::vector<double>(8)), expected;
            const Rows keys = affine(example(memory, b), layer.key), values = affine(example(memory, b), layer.value);
            attend(affine(example(q, b), layer.query), keys, values, 0.5, visible, 4 * h, 4, 4, unused, &expected);
            const Array of_head = pick(pick(weights, 0, b), 0, static_cast<Dim>(h)).value();
            for (std::size_t i = 0; i < 12; ++i)
                CHECK(of_head.storage()[i] == Approx(expected[i / 4][i % 4]).margin(1e-14));
        }
    }
}

TEST_CASE("nn: dot-product attention is the formula", "[nn]") {
    const nn::Params p(1);
    const Array q = noise({2, 3, 6}, 2), memory = noise({2, 4, 6}, 3), wide = noise({2, 4, 5}, 4);
    const auto check = [](const Var& y, const Rows& q, const Rows& k, const Rows& v, Dim b, double scale) {
        Rows expected(q.size(), std::vector<double>(v[0].size()));
        for (std::size_t i = 0; i < q.size(); ++i) {  // values may be wider than keys: column by column
            const Rows row{q[i]};
            Rows found(1, std::vector<double>(std::max(q[i].size(), v[0].size())));
            attend(row, k, v, scale, everything, 0, q[i].size(), v[0].size(), found);
            std::copy_n(found[0].begin(), v[0].size(), expected[i].begin());
        }
        CHECK(difference(y.value(), b, expected) < 1e-12);
    };
    for (Dim b = 0; b < 2; ++b) {
        const nn::DotProductAttention scaled(p, 6, 6), dot(p, 6, 6, {.scaled = false});
        check(scaled(q, scaled.remember(memory)), example(q, b), example(memory, b), example(memory, b), b,
              1 / std::sqrt(6.0));
        check(dot(q, dot.remember(memory)), example(q, b), example(memory, b), example(memory, b), b, 1);
    }
    const nn::DotProductAttention general(p / "general", 6, 5, {.scaled = false, .general = true});
    CHECK(p.list().size() == 1);
    for (Dim b = 0; b < 2; ++b)
        check(general(q, general.remember(wide)), example(q, b), affine(example(wide, b), *general.key),
              example(wide, b), b, 1);
    const nn::AttentionMemory kept = general.remember(wide);  // one query an example: the same as a sequence of one
    Var alone, together;
    const Var one = general(pick(q, 1, 2), kept, &alone), three = general(q, kept, &together);
    CHECK(one.shape() == Shape{2, 5});
    CHECK(elements(one.value()) == elements(pick(three, 1, 2).value()));
    CHECK(elements(alone.value()) == elements(pick(together, 1, 2).value()));
}

TEST_CASE("nn: gradients of attention layers", "[nn]") {
    const nn::Params p(1);
    const Var q = Var::leaf(noise({2, 3, 6}, 2), "q"), memory = Var::leaf(noise({2, 4, 4}, 3), "memory");
    const auto leaves = [&](const char* below) {
        std::vector<Var> all = (p / below).list();
        all.push_back(q);
        all.push_back(memory);
        return all;
    };
    const nn::MultiHeadAttention heads(p / "heads", 6, 2, {.memory_width = 4, .dropout = 0.3});
    // A key's bias moves all scores of a row alike, which softmax does not see.
    check_gradients(leaves("heads"), "key.bias", [&] { return heads(q, heads.remember(memory, lengths({3, 4}))); });
    const nn::DotProductAttention general(p / "general", 6, 4, {.general = true});
    check_gradients(leaves("general"), "", [&] { return general(q, general.remember(memory, lengths({3, 4}))); });
    const nn::AdditiveAttention additive(p / "additive", 6, 4, 5);
    check_gradients(leaves("additive"), "", [&] { return additive(q, additive.remember(memory, lengths({3, 4}))); });
    const nn::MultiHeadAttention self(p / "self", 6, 3);
    std::vector<Var> own = (p / "self").list();
    own.push_back(q);
    check_gradients(own, "key.bias", [&] { return self(q, causal()); });
}
