// checkpoint(f, x): a layer that runs again in the sweep gives the same bits for less memory.
#include <random>
#include <heed/nn/layers/transformer.hpp>
#include <heed/ops/define/gradient_checkpointing.hpp>
#include <heed/tests/layers.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

using Values = std::vector<std::vector<double>>;

struct Stack {
    nn::Params params{5};
    nn::TransformerEncoderLayer first{params / "first", 8, 2, {.dropout = 0.3}},
        second{params / "second", 8, 2, {.dropout = 0.3}};
    Var x = Var::leaf(noise({2, 5, 8}, 1), "x");

    // Value, and gradients of x and all parameters. `second` is used twice, and its parameters outside a stretch, too.
    Values run(bool again, bool by_gradient) const {
        const auto maybe = [&](const nn::TransformerEncoderLayer& layer, const Var& h) {
            const auto part = [&](const Var& v) { return layer(v, causal()); };
            return again ? checkpoint(part, h) : part(h);
        };
        Tape tape(Key{1, 2});
        const Var h = maybe(second, maybe(first, x)), y = second(maybe(second, dropout(h, 0.2)));
        const Var loss = sum(y * y);
        Values result{elements(y.value())};
        std::vector<Var> leaves = params.list();
        leaves.push_back(x);
        if (by_gradient) {
            for (const Array& g : gradient(loss, leaves)) result.push_back(elements(g));
            for (const Var& leaf : leaves) CHECK_FALSE(leaf.has_grad());
        } else {
            tape.backward(loss);
            for (const Var& leaf : leaves) {
                result.push_back(elements(leaf.grad()));
                leaf.clear_grad();
            }
        }
        return result;
    }
};

}  // namespace

TEST_CASE("checkpoint: the same bits, with dropout and shared parameters", "[checkpoint]") {
    const Stack model;
    const Values plain = model.run(false, false);
    CHECK(model.run(true, false) == plain);
    CHECK(model.run(true, true) == plain);
}

TEST_CASE("checkpoint: keeps less memory alive", "[checkpoint]") {
    if (!memory_is_pooled()) return;
    const nn::Params params(5);
    const nn::TransformerEncoder model(params, 6, 32, 2);
    const Var x(noise({4, 32, 32}, 1));
    const auto peak = [&](bool again) {
        Tape tape;
        Var h = x;
        const std::size_t before = memory_report().live;
        for (const nn::TransformerEncoderLayer& layer : model.layers) h = again ? checkpoint(layer, h) : layer(h);
        const std::size_t kept = memory_report().live - before;
        reset_memory_peak();
        tape.backward(sum(h));
        params.clear_gradients();
        return std::pair(kept, memory_report().peak - before);
    };
    const auto plain = peak(false), again = peak(true);
    CHECK(again.first * 8 < plain.first);
    CHECK(again.second * 2 < plain.second);
}

TEST_CASE("checkpoint: wants a gradient only where one is wanted", "[checkpoint]") {
    const nn::Params params(5);
    const nn::Linear layer(params / "layer", 3, 3);
    const Var x(noise({2, 3}, 1));
    CHECK_FALSE(checkpoint(layer, x).wants_grad());  // no tape
    Tape tape;
    CHECK(checkpoint(layer, x).wants_grad());  // by its parameters alone
    CHECK_FALSE(checkpoint([](const Var& v) { return tanh(v); }, x).wants_grad());
    params.freeze();
    CHECK_FALSE(checkpoint(layer, x).wants_grad());
    CHECK(tape.size() == 1);
}

TEST_CASE("checkpoint: reaches recorded values that it captured", "[checkpoint]") {
    const Var w = Var::leaf(noise({3}, 1), "w"), x(noise({3}, 2));
    const auto gradient_of_w = [&](bool again) {
        Tape tape;
        const Var captured = exp(w);
        const auto part = [captured](const Var& v) { return v * captured * captured; };
        tape.backward(sum((again ? checkpoint(part, x) : part(x)) * captured));
        const std::vector<double> g = elements(w.grad());
        w.clear_grad();
        return g;
    };
    const std::vector<double> plain = gradient_of_w(false), again = gradient_of_w(true);
    for (std::size_t i = 0; i < plain.size(); ++i) CHECK(again[i] == Approx(plain[i]));
}

TEST_CASE("checkpoint: refuses what changed since, and leaves no gradient behind", "[checkpoint]") {
    const nn::Params params(5);
    const nn::Linear layer(params / "layer", 3, 3), last(params / "last", 3, 1);
    const Var x(noise({2, 3}, 1));
    {
        Tape tape;
        const Var loss = sum(last(checkpoint(layer, x)));
        layer.weight.mutable_value("Adam::step").data()[0] += 1;
        CHECK_THAT(
            text_of([&] { tape.backward(loss); }),
            StartsWith(
                "checkpoint: a value of shape (3, 3) that it saved was changed by Adam::step after it was recorded"));
    }
    CHECK(params.unreached().size() == 4);
    {
        std::mt19937 random(1);
        Tape tape;
        const Var loss =
            sum(last(checkpoint([&](const Var& v) { return layer(v) * static_cast<double>(random()); }, x)));
        CHECK_THAT(
            text_of([&] { tape.backward(loss); }),
            StartsWith("checkpoint: its second run gave another result, of shape (2, 3); what it runs may depend on"));
    }
    CHECK(params.unreached().size() == 4);
    {
        const Var broken(filled({2, 3}, 0));
        Tape tape;
        const Var first = layer(x);  // its gradients come after those of a stretch that were already added
        const Var stopped = checkpoint([&](const Var& v) { return log(layer(v) * 0 + broken); }, first);
        const Var loss = sum(checkpoint(last, stopped));
        const CheckNumbers on;
        CHECK_THROWS_AS(tape.backward(loss), NumberError);
    }
    CHECK(params.unreached().size() == 4);
    Tape tape;  // and nothing is left in the way of the next sweep
    tape.backward(sum(last(checkpoint(layer, x))));
    CHECK(params.unreached().empty());
}
