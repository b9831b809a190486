// Decoding with a cache: the same bits as everything at once.
#include <heed/nn/layers/transformer.hpp>
#include <heed/tests/layers.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

// `step` of x (b, t, d), given chunk by chunk along t; chunks have these sizes in turn, then the last size repeatedly.
template <class Step>
Var by_chunks(const Array& x, const std::vector<Dim>& sizes, const Step& step) {
    std::vector<Var> parts;
    for (Dim at = 0, n = 0, i = 0; at < x.shape()[1]; at += n, ++i) {
        n = std::min(sizes[std::min(static_cast<std::size_t>(i), sizes.size() - 1)], x.shape()[1] - at);
        parts.push_back(step(slice(Var(x), 1, at, at + n)));
    }
    return concat(parts, 1);
}

// The first position t at which y (b, t, d) differs from z; -1: none.
Dim first_difference(const Var& y, const Var& z) {
    REQUIRE(y.shape() == z.shape());
    for (Dim t = 0; t < y.dim(1); ++t)
        if (elements(pick(y, 1, t).value()) != elements(pick(z, 1, t).value())) return t;
    return -1;
}

const std::vector<std::vector<Dim>> plans{{1}, {300, 1}, {255, 2, 64, 1, 65}, {128}};

Var cached(const nn::MultiHeadAttention& layer, const Array& x, const std::vector<Dim>& sizes) {
    nn::KeyValueCache cache;
    return by_chunks(x, sizes, [&](const Var& part) { return layer(part, cache); });
}

// Both stacks, given x chunk by chunk, equal themselves given all of it.
void check_by_chunks(const nn::TransformerEncoder& alone, const nn::TransformerDecoder& decoder,
                     const std::vector<nn::AttentionMemory>& memory, const Array& x, const std::vector<Dim>& sizes) {
    nn::StackCache one, two;
    CHECK(first_difference(by_chunks(x, sizes, [&](const Var& part) { return alone(part, one); }),
                           alone(x, causal())) == -1);
    CHECK(first_difference(by_chunks(x, sizes, [&](const Var& part) { return decoder(part, memory, two); }),
                           decoder(x, memory)) == -1);
    CHECK(two.size() == x.shape()[1]);
}

double largest_difference(const Array& y, const Array& z) {
    double most = 0;
    const std::vector<double> one = elements(y), two = elements(z);
    for (std::size_t i = 0; i < one.size(); ++i) most = std::max(most, std::abs(one[i] - two.at(i)));
    return most;
}

// Noise (.., t, d) whose rows from `keys` on hold what uninitialised memory may hold.
Array with_room(const Shape& shape, std::uint64_t seed, Dim keys) {
    Array x = noise(shape, seed);
    const Dim t = shape[shape.size() - 2], width = shape.back();
    for (Dim i = 0; i < count(x); ++i)
        if (i / width % t >= keys) x.data()[i] = std::numeric_limits<Real>::quiet_NaN();
    return x;
}

constexpr double near = sizeof(Real) == 4 ? 2e-5 : 1e-12;

}  // namespace

TEST_CASE("cache: cached attention equals attention to all at once, bit for bit (" HEED_TAG ")", "[nn][kernel]") {
    const nn::Params p(1);
    const std::vector<std::pair<const char*, nn::MultiHeadOptions>> kinds{
        {"plain", {}},
        {"grouped and rotary", {.key_heads = 2, .rotary = RotaryOptions{}}},
        {"multi-query, rotary by halves from place 7, norms, cap, sink",
         {.key_heads = 1,
          .soft_cap = 20,
          .qk_norm = true,
          .logit_scale = true,
          .sink = true,
          .rotary = RotaryOptions{.layout = RotaryLayout::halves, .start = 7}}},
        {"cosine", {.score = score::cosine()}}};
    for (const auto& [name, options] : kinds) {
        const nn::MultiHeadAttention layer(p / name, 48, 4, options);
        const Array x = noise({2, 600, 48}, 2);
        const Var whole = layer(x, causal());
        for (const std::vector<Dim>& sizes : plans) {
            INFO(name << ", chunks of " << sizes.front());
            CHECK(first_difference(cached(layer, x, sizes), whole) == -1);
        }
    }
    const nn::MultiHeadAttention one_head(p / "one head", 16, 1);  // few heads: cut by keys where queries are few
    const Array x = noise({1, 1100, 16}, 3);
    CHECK(first_difference(cached(one_head, x, {1000, 40, 1}), one_head(x, causal())) == -1);
}

TEST_CASE("cache: stacks step by step equal the whole, bit for bit (" HEED_TAG ")", "[nn][kernel]") {
    const nn::Params p(1);
    const Array x = noise({3, 300, 32}, 2), read = noise({3, 5, 32}, 3);
    for (const bool first : {true, false}) {
        const nn::TransformerOptions options{.norm_first = first, .key_heads = 2, .rotary = RotaryOptions{}};
        const nn::TransformerEncoder alone(p / "alone" / first, 2, 32, 4, options);
        const nn::TransformerDecoder decoder(p / "decoder" / first, 2, 32, 4, options);
        const std::vector<nn::AttentionMemory> memory = decoder.remember(read, lengths({5, 3, 0}));
        for (const std::vector<Dim>& sizes : {std::vector<Dim>{1}, {250, 7, 1}})
            check_by_chunks(alone, decoder, memory, x, sizes);
    }
}

TEST_CASE("cache: stacks of all options step by step equal the whole, bit for bit (" HEED_TAG ")", "[nn][kernel]") {
    const nn::Params p(1);
    const Array x = noise({3, 150, 32}, 2), read = noise({3, 5, 24}, 3);
    const nn::TransformerOptions options{
        .hidden = 40,
        .activation = nn::Activation::gelu_tanh,
        .gated = true,
        .bias = false,
        .norm = nn::NormKind::rms,
        .key_heads = 2,
        .layer_scale = 0.3,
        .stochastic_depth = 0.5,
        .relative = nn::RelativeOptions{.rule = {.bidirectional = false}},
        .attend = {.head_width = 12, .scale = 1, .soft_cap = 20, .qk_norm = true, .logit_scale = true, .sink = true},
        .cross = {.memory_width = 24, .head_width = 12, .scale = 1}};
    const nn::TransformerEncoder alone(p / "alone", 2, 32, 4, options);
    const nn::TransformerDecoder decoder(p / "decoder", 2, 32, 4, options);
    const std::vector<nn::AttentionMemory> memory = decoder.remember(read, lengths({5, 3, 0}));
    for (const std::vector<Dim>& sizes : {std::vector<Dim>{1}, {70, 7, 1}})
        check_by_chunks(alone, decoder, memory, x, sizes);
}

TEST_CASE("cache: reordered as a beam (" HEED_TAG ")", "[nn]") {
    const nn::Params p(1);
    const nn::MultiHeadAttention layer(p, 16, 2, {.rotary = RotaryOptions{}});
    const Array x = noise({3, 9, 16}, 2), then = noise({4, 3, 16}, 3);
    const Ints rows{2, 0, 0, 2};
    nn::KeyValueCache cache;
    by_chunks(x, {4}, [&](const Var& part) { return layer(part, cache); });
    const nn::KeyValueCache before = cache;
    cache.reorder(rows);
    const Var y = by_chunks(then, {2, 1}, [&](const Var& part) { return layer(part, cache); });
    const Var whole = layer(concat({take(x, rows, 0), then}, 1), causal());
    CHECK(first_difference(y, slice(whole, 1, 9, 12)) == -1);
    CHECK(before.keys().shape()[0] == 3);  // a copy goes its own way
    CHECK(before.size() == 9);
    nn::KeyValueCache other = before;
    const Var again = layer(slice(x, 1, 0, 1), other);
    CHECK(elements(again.value()) ==
          elements(slice(layer(concat({x, slice(x, 1, 0, 1)}, 1), causal()), 1, 9, 10).value()));
    CHECK(before.size() == 9);
}

TEST_CASE("cache: what a window cannot see may be forgotten (" HEED_TAG ")", "[nn]") {
    const nn::Params p(1);
    const nn::MultiHeadAttention layer(p, 16, 2, {.rotary = RotaryOptions{.start = 3}});
    const Array x = noise({2, 40, 16}, 2);
    nn::KeyValueCache cache;
    const Var y = by_chunks(x, {5, 1}, [&](const Var& part) {
        const Var step = layer(part, cache, window_from_end(6, 0));
        cache.keep_last(6);
        CHECK(cache.size() <= 6);
        return step;
    });
    CHECK(cache.start() == 34);
    CHECK(cache.next() == 40);
    CHECK(largest_difference(y.value(), layer(x, window(6, 0)).value()) < near);
    cache.keep_last(0);
    CHECK(cache.size() == 0);
    CHECK(cache.next() == 40);
}

TEST_CASE("cache: what is refused (" HEED_TAG ")", "[nn]") {
    const nn::Params p(1);
    const nn::MultiHeadAttention layer(p / "layer", 8, 2);
    const Array x = noise({2, 3, 8}, 1);
    nn::KeyValueCache cache;
    CHECK_THAT(text_of([&] { cache.reorder(Ints{0}); }),
               StartsWith("KeyValueCache: reorder() before append(); there are no examples yet\n"));
    layer(x, cache);
    CHECK_THAT(
        text_of([&] {
            layer(noise({3, 1, 8}, 1), cache);
        }),
        StartsWith("KeyValueCache 'layer': argument 'keys' has shape (3, 1, 8); expected (2, t, 8) as before\n"));
    CHECK_THAT(text_of([&] {
                   layer(noise({2, 1, 6}, 1), cache);
               }),
               StartsWith("MultiHeadAttention 'layer': argument 'x' has shape (2, 1, 6); expected (b, t, 8), and keys "
                          "made from the same\n"));
    CHECK_THAT(text_of([&] {
                   cache.append(noise({2, 1, 8}, 1), noise({2, 2, 8}, 1));
               }),
               StartsWith("KeyValueCache: argument 'values' has shape (2, 2, 8); expected (2, 1, 8) because of 'keys' "
                          "and the values before\n"));
    CHECK_THAT(
        text_of([&] {
            nn::KeyValueCache().append(noise({2, 1, 8}, 1), noise({2, 2, 8}, 1));
        }),
        StartsWith(
            "KeyValueCache: argument 'values' has shape (2, 2, 8); expected (2, 1, v) because 'keys' is (2, 1, 8)\n"));
    CHECK_THAT(text_of([&] {
                   cache.reorder(Ints{0, 2});
               }),
               StartsWith("KeyValueCache: reorder() got 2 at (1); expected 0 <= example < 2\n"));
    CHECK_THAT(text_of([&] { cache.keep_last(-1); }), StartsWith("KeyValueCache: keep_last(-1); expected 0 or more\n"));
    CHECK(cache.size() == 3);
    {
        const Tape tape;
        CHECK_THAT(text_of([&] { layer(x, cache); }),
                   StartsWith("KeyValueCache 'layer': a tape records, and a cache holds values without gradients"));
        const Pause pause;
        layer(x, cache);
    }
    CHECK(cache.size() == 6);
    nn::StackCache stack;
    nn::TransformerEncoder(p / "two", 2, 8, 2)(x, stack);
    const nn::TransformerEncoder three(p / "three", 3, 8, 2);
    CHECK_THAT(text_of([&] { three(x, stack); }), StartsWith("TransformerEncoder: a cache of 2 layers for 3 layers\n"));
}

TEST_CASE("cache: a step that throws leaves it as it was (" HEED_TAG ")", "[nn]") {
    const nn::Params p(1);
    const Array x = noise({2, 6, 8}, 1), read = noise({2, 5, 8}, 3);
    const nn::MultiHeadAttention layer(p / "layer", 8, 2);
    nn::KeyValueCache cache;
    CHECK_THAT(text_of([&] { layer(noise({3, 2, 8}, 1), cache, lengths({1})); }), StartsWith("attention 'layer': "));
    CHECK(cache.keys().dimension() == 0);  // two examples may come
    CHECK(first_difference(by_chunks(x, {3, 1},
                                     [&](const Var& part) {
                                         CHECK_THAT(text_of([&] { layer(part, cache, lengths({1})); }),
                                                    StartsWith("attention 'layer': "));
                                         return layer(part, cache);
                                     }),
                           layer(x, causal())) == -1);

    const nn::TransformerDecoder decoder(p / "decoder", 2, 8, 2);
    const std::vector<nn::AttentionMemory> memory = decoder.remember(read);
    std::vector<nn::AttentionMemory> wrong = memory;
    wrong[1] = decoder.layers[1].remember(
        noise({3, 5, 8}, 3));  // known when the first layer is through, and the second's self-attention
    nn::StackCache stack;
    CHECK_THAT(text_of([&] { decoder(x, wrong, stack); }),
               StartsWith("MultiHeadAttention 'decoder.layers.1.cross': argument 'q' has shape"));
    CHECK(stack.layers.empty());
    CHECK(first_difference(by_chunks(x, {2, 1},
                                     [&](const Var& part) {
                                         CHECK(!text_of([&] { decoder(part, wrong, stack); }).empty());
                                         nn::KeyValueCache one =
                                             stack.layers.empty() ? nn::KeyValueCache() : stack.layers[1];
                                         const Dim before = one.size();
                                         CHECK(!text_of([&] { decoder.layers[1](part, wrong[1], one); }).empty());
                                         CHECK(one.size() == before);
                                         return decoder(part, memory, stack);
                                     }),
                           decoder(x, memory)) == -1);

    cache.rewind(4);
    CHECK(first_difference(layer(slice(x, 1, 4, 6), cache), slice(layer(x, causal()), 1, 4, 6)) == -1);
    CHECK_THAT(text_of([&] { cache.rewind(7); }),
               StartsWith("KeyValueCache: rewind(7); expected a position from start() 0 to next() 6\n"));
    cache.keep_last(2);
    CHECK_THAT(text_of([&] { cache.rewind(3); }),
               StartsWith("KeyValueCache: rewind(3); expected a position from start() 4 to next() 6\n"));
}

TEST_CASE("attention: only the first keys exist (" HEED_TAG ")", "[ops]") {
    const Dim stored = 7, keys = 5;
    for (const Dim heads : {0, 4})
        for (const Score& score :
             {score::scaled_dot(), score::cosine(), score::general(noise({4, 4}, 6)), score::additive(noise({4}, 4))})
            for (const Policy policy : {Policy::require_fused, Policy::require_composed}) {
                const Shape shape = heads ? Shape{2, stored, 8} : Shape{2, 2, stored, 4};
                const Var q = Var::leaf(noise(heads ? Shape{2, 3, 16} : Shape{2, 4, 3, 4}, 1));
                const Var k = Var::leaf(with_room(shape, 2, keys)), v = Var::leaf(with_room(shape, 3, keys));
                AttentionOptions options{.mask = causal_from_end(),
                                         .score = score,
                                         .heads = heads,
                                         .key_heads = heads / 2,
                                         .policy = policy};
                const auto run = [&](bool by_slices) {
                    const Tape tape;
                    const Var y = by_slices ? attention(q, slice(k, -2, 0, keys), slice(v, -2, 0, keys), options)
                                            : attention(q, k, v, options);
                    std::vector<Array> all = gradient(sum(y * noise(y.shape(), 5)), {q, k, v});
                    all.push_back(y.value());
                    return all;
                };
                const std::vector<Array> sliced = run(true);
                const Var weights = attention_weights(q, slice(k, -2, 0, keys), options);
                options.keys = keys;
                const std::vector<Array> whole = run(false);
                for (std::size_t i = 0; i < whole.size(); ++i) CHECK(elements(whole[i]) == elements(sliced[i]));
                CHECK(elements(attention_weights(q, k, options).value()) == elements(weights.value()));
                for (const Dim wrong : {Dim{-1}, stored + 1}) {
                    options.keys = wrong;
                    CHECK_THAT(text_of([&] { attention(q, k, v, options); }),
                               StartsWith("attention: keys is " + std::to_string(wrong) +
                                          "; expected 0 to 7, the rows of 'k' " + to_string(shape)));
                }
            }
}
