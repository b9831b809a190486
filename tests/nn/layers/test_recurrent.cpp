// Recurrent layers beyond their values (tests/both/reference/test_reference_layers.cpp): states that are carried on,
// dropout between layers, names, and what is refused.
#include <heed/nn/layers/recurrent.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/nn/layers/train_step.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

const std::vector<Var>& parts(const nn::GRU::States& states) { return states.layers; }
std::vector<Var> parts(const nn::LSTM::States& states) {
    std::vector<Var> all;
    for (const LSTMState& state : states.layers) all.push_back(state.h), all.push_back(state.c);
    return all;
}

template <class Layer>
void check_parts(const char* name) {
    INFO(name);
    const nn::Params params(3);
    const Layer layer(params / "rnn", 3, 4, {.layers = 3});
    const Var x(normals({2, 7, 3}, RandomStream(Key{1, 2}, 3)));
    const auto whole = layer(x);
    const auto first = layer(slice(x, 1, 0, 3)), second = layer(slice(x, 1, 3, 7), first.states);
    CHECK(elements(concat({first.outputs, second.outputs}, 1).value()) == elements(whole.outputs.value()));
    CHECK(elements_of(parts(second.states)) == elements_of(parts(whole.states)));

    typename Layer::States states;  // step by step, as in generation
    for (Dim t = 0; t < 7; ++t) states = layer(slice(x, 1, t, t + 1), states).states;
    CHECK(elements_of(parts(states)) == elements_of(parts(whole.states)));
}

}  // namespace

TEST_CASE("recurrent: a sequence in parts, or step by step, has the bits of the whole", "[nn]") {
    check_parts<nn::GRU>("GRU");
    check_parts<nn::LSTM>("LSTM");
}

TEST_CASE("recurrent: a new tape cuts the gradient of the states before it off", "[nn]") {
    const nn::Params params(3);
    const nn::GRU layer(params / "rnn", 2, 3, {.layers = 2});
    const Var x = Var::leaf(normals({1, 2, 2}, RandomStream(Key{1, 2}, 3)), "x");
    nn::GRU::States states;
    {
        Tape tape;
        states = layer(x).states;
        tape.backward(sum(layer(x, states).outputs));
        CHECK(x.has_grad());
    }
    x.clear_grad();
    params.clear_gradients();
    Tape tape;
    const auto next = layer(Var(filled({1, 2, 2}, 1)), states);
    tape.backward(sum(next.outputs));
    CHECK_FALSE(x.has_grad());
    CHECK_NOTHROW(params.require_reached());
}

TEST_CASE("recurrent: dropout lies between layers, in training alone, and draws by the layer's name", "[nn]") {
    const nn::Params params(3);
    const nn::LSTM plain(params / "rnn", 3, 8, {.layers = 2});
    const nn::LSTM dropping(params.clone() / "rnn", 3, 8, {.layers = 2, .dropout = 0.5});
    const nn::LSTM one((nn::Params(4)) / "rnn", 3, 8, {.dropout = 0.5});
    const Var x(normals({2, 5, 3}, RandomStream(Key{1, 2}, 3)));
    CHECK(elements(plain(x).outputs.value()) == elements(dropping(x).outputs.value()));
    const auto run = [&](const nn::LSTM& layer, std::uint64_t step) {
        const Tape tape(Key{1, step});
        const nn::LSTM::Result r = layer(x);
        return std::pair{elements(r.outputs.value()), elements(r.states.layers[0].h.value())};
    };
    CHECK(run(plain, 1) == run(plain, 2));
    CHECK(run(dropping, 1) == run(dropping, 1));
    CHECK(run(dropping, 1).first != run(dropping, 2).first);
    CHECK(run(dropping, 1).second == run(plain, 1).second);  // the first layer's state knows nothing of it
    CHECK(run(one, 1) == run(one, 2));
}

TEST_CASE("recurrent: names of further layers, and one layer is called what it was", "[nn]") {
    const nn::Params params;
    const nn::GRU layer(params / "rnn", 3, 4, {.layers = 2, .bidirectional = true});
    CHECK(layer.layers() == 2);
    std::vector<std::string> names;
    for (const Var& p : params.list())
        if (p.name().ends_with("input.weight")) names.push_back(p.name() + to_string(p.shape()));
    CHECK(names == std::vector<std::string>{"rnn.forward.input.weight(3, 12)", "rnn.backward.input.weight(3, 12)",
                                            "rnn.layer1.forward.input.weight(8, 12)",
                                            "rnn.layer1.backward.input.weight(8, 12)"});
}

TEST_CASE("recurrent: options and states that do not fit are refused", "[nn]") {
    const nn::Params params;
    CHECK_THAT(text_of([&] { nn::GRU(params / "a", 2, 2, {.layers = 0}); }),
               StartsWith("GRU: layers is 0; expected 1 or more\n") && Containing("test_recurrent.cpp"));
    CHECK_THAT(text_of([&] { nn::LSTM(params / "b", 2, 2, {.layers = 2, .dropout = 1.5}); }),
               StartsWith("LSTM: dropout is 1.5; expected a probability, 0 <= p <= 1\n"));
    const nn::GRU gru(params / "gru", 2, 3, {.layers = 2, .bidirectional = true});
    const nn::LSTM lstm(params / "lstm", 2, 3);
    const Var x(filled({4, 5, 2}, 1)), state(filled({4, 6}, 0)), narrow(filled({4, 3}, 0));
    CHECK_THAT(text_of([&] { gru(x, nn::GRU::States{{state}}); }), StartsWith("GRU: 1 first states for 2 layers\n"));
    CHECK_THAT(
        text_of([&] {
            gru(x, nn::GRU::States{{state, narrow}});
        }),
        StartsWith("GRU: argument 'first' has shape (4, 3); expected (4, 6)\n") && Containing("test_recurrent.cpp"));
    CHECK_THAT(text_of([&] {
                   lstm(x, nn::LSTM::States{{{narrow, state}}});
               }),
               StartsWith("LSTM: argument 'first' has shape (4, 6); expected (4, 3)\n"));
}

// The sign of the sum of what was heard so far: a short sequence does not hold it.
TEST_CASE("recurrent: two layers learn from parts whose states are carried on", "[nn][trains]") {
    const nn::Params params(5);
    const nn::GRU memory(params / "memory", 1, 8, {.layers = 2, .dropout = 0.1});
    const nn::Linear answer(params / "answer", 8, 1);
    nn::Adam adam(params, {.lr = 1e-2});
    Draws random(Key{4, 4}, 0);
    double first = 0, last = 0;
    for (int text = 0; text < 60; ++text) {
        nn::GRU::States states;
        std::vector<double> heard(16, 0);
        for (int part = 0; part < 3; ++part) {
            Array x = Array::from_shape({16, 4, 1}), wanted = Array::from_shape({16, 4, 1});
            for (Dim b = 0; b < 16; ++b)
                for (Dim t = 0; t < 4; ++t) {
                    x(b, t, 0) = random.below(2) ? Real(1) : Real(-1);
                    heard[static_cast<std::size_t>(b)] += x(b, t, 0);
                    wanted(b, t, 0) = heard[static_cast<std::size_t>(b)] > 0 ? Real(1) : Real(0);
                }
            const double loss = test::train_step(params, adam, [&] {
                const nn::GRU::Result r = memory(x, states);
                states = r.states;
                return bce_with_logits(answer(r.outputs), wanted);
            });
            if (text == 0 && part == 0) first = loss;
            if (part == 2) last = loss;
        }
    }
    CHECK(first > 0.5);
    CHECK(last < 0.2);
}
