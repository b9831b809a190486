// Attention layers: shapes, refusals, and what must hold bit for bit.
#include <thread>
#include <heed/nn/layers/transformer.hpp>
#include <heed/tests/attention.hpp>
#include <heed/tests/layers.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

// Example b of x (b, t, d) with step t replaced by other values.
Array with_other_step(Array x, Dim b, Dim t, double value) {
    for (Dim d = 0; d < x.shape()[2]; ++d) x(b, t, d) = static_cast<Real>(value) * static_cast<Real>(d + 1);
    return x;
}

template <class T>
constexpr bool takes_as_mask = requires(const nn::MultiHeadAttention& attend, const Var& x, const T& mask) {
    attend(x, mask);
};

}  // namespace

TEST_CASE("nn: shapes of attention's results and weights", "[nn]") {
    const nn::Params p(1);
    const nn::MultiHeadAttention self(p / "self", 8, 4), cross(p / "cross", 8, 2, {.memory_width = 5});
    Var weights;
    CHECK(self(noise({3, 6, 8}, 1), {}, &weights).shape() == Shape{3, 6, 8});
    CHECK(weights.shape() == Shape{3, 4, 6, 6});
    CHECK(cross(noise({3, 6, 8}, 1), cross.remember(noise({3, 2, 5}, 2)), &weights).shape() == Shape{3, 6, 8});
    CHECK(weights.shape() == Shape{3, 2, 6, 2});
    CHECK(self(noise({3, 0, 8}, 1)).shape() == Shape{3, 0, 8});
    CHECK(self(noise({0, 4, 8}, 1)).shape() == Shape{0, 4, 8});
    CHECK(self(noise({1, 1, 8}, 1)).shape() == Shape{1, 1, 8});
    // No keys at all: as if all of them were masked.
    const Var none = cross(noise({1, 2, 8}, 1), cross.remember(noise({1, 0, 5}, 2)));
    for (Dim d = 0; d < 8; ++d) CHECK(none.value()(0, 1, d) == cross.out.bias.value()(d));
}

TEST_CASE("nn: what attention layers refuse", "[nn]") {
    const nn::Params p(1);
    CHECK_THAT(text_of([&] { nn::MultiHeadAttention(p / "second" / "attend", 30, 4); }),
               StartsWith("MultiHeadAttention 'second.attend': dim 30 is not a multiple of heads 4\n  called from "));
    CHECK_THAT(text_of([&] { nn::MultiHeadAttention(p / "a", 8, 0); }),
               StartsWith("MultiHeadAttention 'a': dim 8 and heads 0; expected both above zero\n"));
    CHECK_THAT(text_of([&] { nn::TransformerEncoder(p / "e", 2, 30, 4); }),
               StartsWith("MultiHeadAttention 'e.layers.0.attend': dim 30 is not a multiple of heads 4"));
    CHECK_THAT(text_of([&] { nn::TransformerEncoder(p / "f", 0, 8, 4); }),
               StartsWith("TransformerEncoder 'f': 0 layers; expected at least one"));
    CHECK_THAT(text_of([&] { nn::TransformerEncoderLayer(p / "g", 8, 4, {.hidden = -1}); }),
               StartsWith("FeedForward 'g.feed': hidden is -1"));
    CHECK_THAT(text_of([&] { nn::DotProductAttention(p / "d", 6, 5); }),
               StartsWith("DotProductAttention 'd': queries of width 6 and keys of width 5 have no product; set "
                          ".general for a matrix between them\n"));
    const nn::MultiHeadAttention attend(p / "attend", 8, 2);
    const Var x(noise({2, 3, 8}, 1)), narrow(noise({2, 3, 6}, 1)), one(noise({1, 3, 8}, 1));
    CHECK_THAT(text_of([&] { attend(narrow); }),
               StartsWith("MultiHeadAttention 'attend': argument 'memory' has shape (2, 3, 6); expected (b, t, 8)\n"));
    CHECK_THAT(text_of([&] { attend(narrow, attend.remember(x)); }),
               StartsWith("MultiHeadAttention 'attend': argument 'q' has shape (2, 3, 6); expected (b, i, 8)\n"));
    CHECK_THAT(text_of([&] { attend(one, attend.remember(x)); }),
               StartsWith("MultiHeadAttention 'attend': argument 'q' has shape (1, 3, 8); expected as many examples as "
                          "the memory (2, 3, 8)\n"));
    CHECK_THAT(text_of([&] {
                   attend(x, lengths({3, 4}));
               }),
               StartsWith("attention 'attend': argument 'lengths' holds 4 at (1); expected 0 <= length <= 3"));
    CHECK_THAT(text_of([&] {
                   attend(Var(noise({2, 2, 8}, 1)), attend.remember(x, causal()));
               }),
               StartsWith("attention 'attend': causal() with 2 queries and 3 keys is ambiguous"));
    CHECK_THAT(text_of([&] { attend(narrow); }), Containing("test_attention.cpp:"));
    static_assert(takes_as_mask<Mask>);
    static_assert(!takes_as_mask<Array> && !takes_as_mask<Var>);  // nobody can see an array's polarity
}

TEST_CASE("nn: asking for weights changes no bit", "[nn]") {
    const nn::Params p(1);
    const nn::MultiHeadAttention heads(p / "heads", 8, 2, {.dropout = 0.4});
    const nn::DotProductAttention dot(p / "dot", 8, 8, {.dropout = 0.4});
    const nn::AdditiveAttention additive(p / "additive", 8, 8, 5);
    const Var x = Var::leaf(noise({2, 5, 8}, 1));
    const auto run = [&](bool ask) {
        Tape tape(Key{5, 6});
        Var one, two, three;
        const Var y = heads(x, lengths({5, 0}), ask ? &one : nullptr) +
                      dot(x, dot.remember(x, causal()), ask ? &two : nullptr) +
                      additive(x, additive.remember(x, lengths({2, 5})), ask ? &three : nullptr);
        if (ask) {  // before dropout, after the mask
            for (const Var& weights : {one, two, three}) {
                const Array rows = sum(weights, -1).value();
                for (std::size_t i = 0; i < rows.size(); ++i)
                    CHECK((rows.storage()[i] == Approx(1) || rows.storage()[i] == 0));
            }
            CHECK(sum(pick(one, 0, 1)).item() == 0);
        }
        std::vector<std::vector<double>> result{elements(y.value())};
        for (const Array& g : gradient(sum(y * y), {x, heads.query.weight, additive.w})) result.push_back(elements(g));
        return result;
    };
    CHECK(run(true) == run(false));
}

TEST_CASE("nn: causal: a later token never changes an earlier bit", "[nn]") {
    const nn::Params p(1);
    const nn::TransformerEncoder model(p, 2, 8, 2);
    const Array x = noise({2, 20, 8}, 1);
    const Array before = model(x, causal()).value();
    for (const Dim t : {0, 7, 19}) {
        const Array after = model(with_other_step(x, 1, t, 3), causal()).value();
        const Dim unchanged = (20 + t) * 8;  // all of example 0, and example 1 up to t
        const Real *a = before.storage().data(), *b = after.storage().data();
        CHECK(std::equal(a, a + unchanged, b));
        CHECK_FALSE(std::equal(a + unchanged, a + count(x), b + unchanged));
    }
}

TEST_CASE("nn: what lies behind the length changes no bit before it", "[nn]") {
    const nn::Params p(1);
    const nn::MultiHeadAttention attend(p, 8, 2);
    const Array x = noise({1, 6, 8}, 1);
    const Array before = attend(x, lengths({4})).value(),
                after = attend(with_other_step(x, 0, 5, -9), lengths({4})).value();
    for (std::size_t i = 0; i < 5 * 8; ++i) CHECK(before.storage()[i] == after.storage()[i]);
}

TEST_CASE("nn: attention without positions is permutation equivariant", "[nn]") {
    const nn::Params p(1);
    const nn::TransformerEncoderLayer layer(p, 8, 2);
    const Var x(noise({2, 6, 8}, 1));
    Ints order = Ints::from_shape({6});
    const std::vector<std::int64_t> positions{3, 0, 5, 1, 4, 2};
    std::copy(positions.begin(), positions.end(), order.data());
    const std::vector<double> moved = elements(take(layer(x), order, 1).value()),
                              first = elements(layer(take(x, order, 1)).value());
    for (std::size_t i = 0; i < moved.size(); ++i) CHECK(first[i] == Approx(moved[i]).margin(1e-5));
    CHECK(moved != elements(layer(x).value()));
}

TEST_CASE("nn: one attention model evaluated by several threads", "[nn][threads]") {
    const nn::Params p(1);
    const nn::TransformerEncoder model(p, 2, 16, 4, {.dropout = 0.5});  // off: no tape, or an evaluating one
    const Var x(noise({2, 9, 16}, 1));
    const std::vector<double> expected = elements(model(x, causal()).value());
    std::vector<std::vector<double>> got(4);
    std::vector<std::thread> running;
    for (std::size_t i = 0; i < got.size(); ++i)
        running.emplace_back([&, i] {
            for (int n = 0; n < 10; ++n) {
                std::vector<Var> weights;
                if (i % 2) {
                    Tape tape(evaluate);
                    got[i] = elements(model(x, causal(), &weights).value());
                } else {
                    got[i] = elements(model(x, causal(), &weights).value());
                }
            }
        });
    for (std::thread& t : running) t.join();
    for (const std::vector<double>& y : got) CHECK(y == expected);
}

TEST_CASE("nn: prepared keys change no bit, and count for no other keys", "[nn]") {
    const nn::Params p(1);
    const nn::AdditiveAttention attend(p / "attend", 6, 4, 8, {.heads = 2});
    const Var memory = Var::leaf(noise({2, 300, 4}, 1)), q(noise({2, 3, 6}, 2));
    const Mask mask = lengths({300, 270});
    const auto decode = [&](const nn::AttentionMemory& known) {  // one query after the other
        List<Var> seen;
        for (Dim i = 0; i < 3; ++i) seen.push_back(attend(pick(q, 1, i), known));
        return stack(std::move(seen), 1);
    };
    const auto unprepared = [](nn::AttentionMemory known) {
        known.prepared.reset();
        return known;
    };
    const std::vector<Var> leaves{memory, attend.w, attend.key.weight};
    const Outcome with = outcome(leaves, [&] { return decode(attend.remember(memory, mask)); });
    const Outcome without = outcome(leaves, [&] { return decode(unprepared(attend.remember(memory, mask))); });
    const Outcome at_once = outcome(leaves, [&] { return attend(q, attend.remember(memory, mask)); });
    CHECK(elements(with.out) == elements(without.out));
    for (std::size_t n = 0; n < leaves.size(); ++n)
        CHECK(elements(with.gradients[n]) == elements(without.gradients[n]));
    CHECK(elements(with.out) == elements(at_once.out));
    CHECK(distance(with, at_once) < 1e-5);

    const nn::AttentionMemory known = attend.remember(memory);
    const auto before = elements(decode(known).value());
    nn::AttentionMemory other = known;
    other.keys = known.keys * 2;
    CHECK(elements(decode(other).value()) == elements(decode(unprepared(other)).value()));
    known.keys.mutable_value()(0, 0, 0) += 1;
    CHECK(elements(decode(known).value()) == elements(decode(unprepared(known)).value()));
    CHECK(elements(decode(known).value()) != before);

    CHECK_THAT(text_of([&] { prepare_additive_keys(memory, 3); }),
               StartsWith("prepare_additive_keys: argument 'k' has shape (2, 300, 4); expected (b, j, 3 d)\n"));
    CHECK_THAT(text_of([&] { prepare_additive_keys(memory, 0); }),
               StartsWith("prepare_additive_keys: heads is 0; expected one or more\n"));
}
