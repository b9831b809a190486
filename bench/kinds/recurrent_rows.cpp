// Rows of recurrent language models: the loss of a batch of characters, by two layers whose states are carried.
#include <cmath>
#include <heed/bench/ops/row.hpp>
#include <heed/ops/recurrent/sequence.hpp>

namespace heed::bench {
namespace {

constexpr Dim batch = 32, steps = 64, width = 256, embedded = 64, characters = 65;

Operand sized(const Shape& shape) {
    const double most = 1 / std::sqrt(static_cast<double>(width));
    return within(-most, most, {shape, shape, shape});
}
Operand drawn(const Shape& shape) { return normal_in({shape, shape, shape}); }

// A table; of each layer both weights and both biases; the weights and bias of the classes; the first states.
std::vector<Operand> operands(Dim gates) {
    std::vector<Operand> all{drawn({characters, embedded})};
    for (const Dim in : {embedded, width})
        all.insert(all.end(), {sized({in, gates * width}), sized({width, gates * width}), sized({gates * width}),
                               sized({gates * width})});
    const Shape text{batch, steps};
    const Operand ids = ids_below({characters, characters, characters}, {text, text, text}),
                  states = drawn({2, batch, width}).fixed();
    all.insert(all.end(), {sized({width, characters}), sized({characters}), states, states, ids, ids});
    return all;
}

template <class Layer>
Var loss(G g, const Layer& layer) {
    Var x = take_rows(g[0], g.ids[0]);
    for (std::size_t i = 0; i < 2; ++i) {
        const std::size_t n = 1 + 4 * i;
        const auto first = [&](std::size_t k) { return pick(g[k], 0, static_cast<Dim>(i)); };
        x = layer(linear(x, g[n], g[n + 2]), g[n + 1], g[n + 3], first(11), first(12));
    }
    return cross_entropy(linear(x, g[9], g[10]), g.ids[1]);
}

}  // namespace

std::vector<OpRow> recurrent_rows() {
    const auto gru = [](const Var& x, const Var& w, const Var& b, const Var& h, const Var&) {
        return gru_sequence(x, w, b, h);
    };
    const auto lstm = [](const Var& x, const Var& w, const Var& b, const Var& h, const Var& c) {
        return lstm_sequence(x, w, b, LSTMState{h, c}).h;
    };
    return {{"recurrent/GRU", operands(3), [gru](G g) { return loss(g, gru); }},
            {"recurrent/LSTM", operands(4), [lstm](G g) { return loss(g, lstm); }}};
}

}  // namespace heed::bench
