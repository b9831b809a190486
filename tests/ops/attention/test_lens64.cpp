// Inspection: what a lens shows, that it changes no result, and that explain() is right.
#include <cmath>
#include <heed/heed.hpp>
#include <heed/tests/layers.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

double apart(const Array& a, const Array& b) {
    REQUIRE(a.shape() == b.shape());
    double most = 0;
    const double *x = a.storage().data(), *y = b.storage().data();
    for (Dim i = 0; i < count(a); ++i) most = std::max(most, std::abs(x[i] - y[i]));
    return most;
}

// Two examples, four heads of which two share a key head, 70 queries (more than a tile), 300 keys (more than a block).
struct Case {
    Var q = Var::leaf(noise({2, 4, 70, 5}, 1)), k = Var::leaf(noise({2, 2, 300, 5}, 2)),
        v = Var::leaf(noise({2, 2, 300, 3}, 3));
    AttentionOptions options{.mask = causal_from_end() & lengths({300, 0})};
};

}  // namespace

TEST_CASE("lens: weights, chosen rows and heads", "[lens]") {
    Case c;
    Lens lens;
    CHECK_FALSE(lens.seen());
    c.options.lens = &lens;
    attention(c.q, c.k, c.v, c.options);
    REQUIRE(lens.seen());
    CHECK(lens.examples() == 2);
    CHECK(lens.heads() == 4);
    CHECK(lens.queries() == 70);
    CHECK(lens.keys() == 300);
    const Array all = attention_weights(c.q, c.k, c.options).value();
    CHECK(apart(lens.weights(), all) < 1e-14);
    const Array some = lens.weights({69, 3, 4}, {2});
    REQUIRE(some.shape() == Shape{2, 1, 3, 300});
    for (Dim j = 0; j < 300; ++j) {
        CHECK(some(0, 0, 0, j) == Approx(all(0, 2, 69, j)).margin(1e-14));
        CHECK(some(0, 0, 1, j) == Approx(all(0, 2, 3, j)).margin(1e-14));
        CHECK(some(1, 0, 2, j) == 0);  // an example without keys
    }
}

TEST_CASE("lens: entropy, mass received, log-sums and top keys", "[lens]") {
    Case c;
    Lens lens;
    c.options.lens = &lens;
    attention(c.q, c.k, c.v, c.options);
    const Array w = lens.weights(), entropy = lens.entropy(), received = lens.received(), log_sums = lens.log_sums();
    const Lens::Top top = lens.top_keys(42, 3);
    for (Dim h = 0; h < 4; ++h) {
        double sum = 0, mass = 0;
        for (Dim j = 0; j < 300; ++j)
            if (w(0, h, 42, j) > 0) sum -= w(0, h, 42, j) * std::log(w(0, h, 42, j));
        for (Dim i = 0; i < 70; ++i) mass += w(0, h, i, 7);
        CHECK(entropy(0, h, 42) == Approx(sum));
        CHECK(received(0, h, 7) == Approx(mass));
        CHECK(entropy(1, h, 42) == 0);
        CHECK(received(1, h, 7) == 0);
        CHECK(std::isinf(log_sums(1, h, 42)));
        for (Dim n = 0; n < 3; ++n) {
            const Dim key = top.keys(0, h, n);
            CHECK(top.weights(0, h, n) == w(0, h, 42, key));
            Dim larger = 0;
            for (Dim j = 0; j < 300; ++j) larger += w(0, h, 42, j) > w(0, h, 42, key);
            CHECK(larger == n);
        }
    }
}

TEST_CASE("lens: the gradient of the scores is that of a bias", "[lens]") {
    for (const double p : {0.0, 0.4}) {
        Case c;
        Lens lens;
        const Var zero = Var::leaf(filled({2, 4, 70, 300}, 0));
        c.options.lens = &lens;
        c.options.mask = c.options.mask + bias(zero);
        c.options.dropout = p;
        Tape tape(Key{3, 4});
        const Var y = attention(c.q, c.k, c.v, c.options);
        CHECK_THAT(text_of([&] { lens.score_gradient(); }), StartsWith("lens: score_gradient() needs a sweep"));
        tape.backward(sum(y * noise(y.shape(), 5)));
        CHECK(apart(lens.score_gradient(), zero.grad()) < 1e-13);
        const Array one = lens.score_gradient({5}, {1});
        CHECK(one(0, 0, 0, 17) == Approx(zero.grad()(0, 1, 5, 17)).margin(1e-14));
    }
}

TEST_CASE("lens: inspection changes no bit, and a lens outlives tape and operands", "[lens]") {
    Lens lens;
    Array seen, plain;
    {
        Case c;
        plain = attention(c.q, c.k, c.v, c.options).value();
        c.options.lens = &lens;
        Tape tape;
        const Var y = attention(c.q * 1, c.k, c.v, c.options);
        seen = y.value();
        tape.backward(sum(y));
    }
    CHECK((seen == plain));
    CHECK(lens.weights({0}, {0}).shape() == Shape{2, 1, 1, 300});
}

TEST_CASE("lens: all attentions of a model by the paths of their layers", "[lens]") {
    const nn::Params p(1);
    const nn::TransformerEncoder model(p, 2, 8, 2);
    const Var x(noise({1, 5, 8}, 2));
    const Array plain = model(x).value();
    Lenses lenses;
    CHECK((model(x, causal()).value() != plain));
    model(x);
    CHECK(lenses.paths() ==
          std::vector<std::string>{"layers.0.attend", "layers.1.attend", "layers.0.attend#2", "layers.1.attend#2"});
    CHECK(lenses["layers.1.attend"].weights()(0, 0, 0, 4) == 0);
    CHECK(lenses["layers.1.attend#2"].weights()(0, 0, 0, 4) > 0);
    CHECK_THAT(text_of([&] { lenses["layers.2.attend"]; }),
               StartsWith("Lenses: no attention ran in 'layers.2.attend'; there are: layers.0.attend, "));
}

TEST_CASE("lens: what it refuses", "[lens]") {
    Lens lens;
    CHECK_THAT(text_of([&] { lens.entropy(); }),
               StartsWith("lens: entropy() was asked for before an attention was seen\n  called from "));
    Case c;
    c.options.lens = &lens;
    attention(c.q, c.k, c.v, c.options);
    CHECK_THAT(text_of([&] { lens.weights({70}); }), StartsWith("lens: there is no query 70; expected 0 to 69"));
    CHECK_THAT(text_of([&] { lens.weights({}, {-1}); }), StartsWith("lens: there is no head -1; expected 0 to 3"));
    CHECK_THAT(text_of([&] { lens.top_keys(0, 301); }), StartsWith("lens: the top 301 of 300 keys were asked for"));
}

TEST_CASE("explain: names the path, the score and the tiles", "[explain]") {
    Case c;
    const Explanation fused = explain(c.q, c.k, c.v, c.options);
    CHECK(fused.fused);
    CHECK(fused.query_block == 64);
    CHECK(fused.key_block == 256);
    CHECK_THAT(
        fused.text(),
        StartsWith("path:     fused (every score, mask and bias runs in tiles)\nscore:    scaled dot product, on "));
    c.options.policy = Policy::require_composed;
    const Explanation composed = explain(c.q, c.k, c.v, c.options);
    CHECK_FALSE(composed.fused);
    CHECK(composed.forward_bytes > 4 * 2 * 4 * 70 * 300 * Dim{sizeof(Real)});
}

TEST_CASE("explain: nothing is computed, recorded or drawn", "[explain]") {
    Case c;
    const auto leaf = [](const Shape& shape) { return Var::leaf(noise(shape, 4)); };
    c.options.dropout = 0.5;
    c.options.logit_scale = leaf({4});
    for (const Score& score : {score::scaled_dot(), score::cosine(), score::general(leaf({5, 5})),
                               score::additive(leaf({5})), score::concat(leaf({7}), leaf({10, 7}))})
        for (const Policy policy : {Policy::automatic, Policy::require_composed}) {
            c.options.score = score;
            c.options.policy = policy;
            const auto run = [&](bool explained) {
                const Tape tape(Key{1, 2});
                if (explained) explain(c.q, c.k, c.v, c.options);
                CHECK(tape.size() == 0);
                CHECK(tape.leaves().empty());
                CHECK(tape.streams().ordinals.empty());
                return elements(attention(c.q, c.k, c.v, c.options).value());
            };
            CHECK((run(true) == run(false)));
        }
}

TEST_CASE("explain: the bytes it reports are those that are taken, within a tenth", "[explain]") {
    if (!memory_is_pooled()) return;
    for (const auto& [heads, tq, tk, rule] : {std::tuple(2, 700, 700, Mask(causal())), std::tuple(1, 5, 2000, Mask()),
                                              std::tuple(8, 64, 64, Mask(alibi(Var::leaf(noise({8}, 1)))))}) {
        const Var q = Var::leaf(noise({1, heads, tq, 32}, 1)), k = Var::leaf(noise({1, heads, tk, 32}, 2)),
                  v = Var::leaf(noise({1, heads, tk, 32}, 3));
        const AttentionOptions options{.mask = rule};
        CAPTURE(heads, tq, tk);
        Tape tape;
        const Explanation e = explain(q, k, v, options);
        release_pooled_memory();  // a block of another size would do as well
        std::size_t before = memory_report().live;
        reset_memory_peak();
        const Var y = attention(q, k, v, options);
        CHECK(static_cast<double>(memory_report().peak - before) == Approx(e.forward_bytes).epsilon(0.1));
        const Var loss = sum(y * 2);
        release_pooled_memory();
        before = memory_report().live;
        reset_memory_peak();
        tape.backward(loss);
        const std::size_t dy = detail::block_bytes(static_cast<std::size_t>(y.size()) * sizeof(Real));
        CHECK(static_cast<double>(memory_report().peak - before - dy) == Approx(e.backward_bytes).epsilon(0.1));
    }
}
