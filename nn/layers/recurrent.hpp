#pragma once
// Recurrent layers in PyTorch's forms: the GRU of Cho et al., 2014 (the reset gate acts after the product), and the
// LSTM of Hochreiter and Schmidhuber, 1997, with the forget gate of Gers et al., 2000.
#include <heed/nn/layers/layers.hpp>

namespace heed::nn {

// The product with a state, which never takes bfloat16: its rounding errors would add up from step to step.
inline Var times_state(const Linear& hidden, In h) {
    const Bfloat16Products exact(false);
    return hidden(h);
}

// Both products of a cell with `gates` gates, which stand side by side.
struct HEED_ABI GatedCell {
    Linear input, hidden;
    GatedCell(Params p, Dim in, Dim width, Dim gates)
        : input(p.named("input", {{"{}_ih"}}), in, saturated_product(gates, width), init::fan_in_uniform(width)),
          hidden(p.named("hidden", {{"{}_hh"}}), width, saturated_product(gates, width)) {}
    Dim width() const { return hidden.weight.shape()[0]; }
};

// One step: h' = (1 - z) n + z h with n = tanh(Wx + r (U h)). The gates: r, z, n.
struct HEED_ABI GRUCell : GatedCell {
    using State = Var;
    GRUCell(Params p, Dim in, Dim width) : GatedCell(p, in, width, 3) {}
    Var operator()(In x /* (b, in) */, In h /* (b, width) */) const {
        const Scope scope(Scope::current(), x.at);
        return step(input(x), h);
    }
    // The same from the product with x, which needs no h and can be made for many steps at once.
    Var step(In x_gates /* (b, 3 width) */, In h) const { return gru_cell(x_gates, times_state(hidden, h), h); }
    // Rows with alive (b) == 0 keep their h.
    Var step(In x_gates, In h, const Array& alive) const { return gru_cell(x_gates, times_state(hidden, h), h, alive); }
};

// One step: c' = f c + i g, h' = o tanh(c'); of Wx + Uh, the gates i, f, o are the sigmoid and g the tanh, in the order
// i, f, g, o.
struct HEED_ABI LSTMCell : GatedCell {
    using State = LSTMState;
    LSTMCell(Params p, Dim in, Dim width) : GatedCell(p, in, width, 4) {}
    LSTMState operator()(In x /* (b, in) */, const LSTMState& state) const {
        const Scope scope(Scope::current(), x.at);
        return step(input(x), state);
    }
    // The same from the product with x, which needs no state and can be made for many steps at once.
    LSTMState step(In x_gates /* (b, 4 width) */, const LSTMState& state) const {
        return lstm_cell(x_gates, times_state(hidden, state.h), state.c);
    }
    // Rows with alive (b) == 0 keep their state.
    LSTMState step(In x_gates, const LSTMState& state, const Array& alive) const {
        return lstm_cell(x_gates, times_state(hidden, state.h), state.h, state.c, alive);
    }
};

struct RecurrentOptions {
    Dim layers = 1;      // each reads the outputs of the one below
    double dropout = 0;  // of what one layer hands to the next
    bool bidirectional = false;
};
using GRUOptions = RecurrentOptions;
using LSTMOptions = RecurrentOptions;

// A cell over whole sequences, or layers of cells.
template <class Cell>
struct HEED_ABI Recurrent {
    using State = typename Cell::State;
    struct HEED_ABI Layer {
        Cell forward;
        std::vector<Cell> backward;  // one if bidirectional
    };
    Cell forward;                // of the first layer, as `backward`
    std::vector<Cell> backward;  // one if bidirectional
    std::vector<Layer> above;    // the other layers
    std::string path;            // names dropout's random stream
    double dropout;

    // Of each layer, from the first one up: (b, width) or (b, 2 width), with the backward direction behind; of an LSTM
    // h and c.
    struct HEED_ABI States {
        std::vector<State> layers;
    };
    struct HEED_ABI Result {
        Var outputs;    // of the last layer, (b, t, width), or (b, t, 2 width) with the backward direction behind; zero
                        // after the end of a sequence
        State last;     // of the last layer: the state after each direction's last step
        States states;  // the same of every layer
    };
    // Throws RangeError for no layers, or a dropout that is no probability.
    Recurrent(Params p, Dim in, Dim width, const RecurrentOptions& options = {}, Site at = Site::current());

    // From the states `first`, by default zeros. A text that is made or read in parts is continued from the states
    // after the last part: `r = gru(x, r.states)`. The gradient goes back through them as far as the tape that records
    // has seen (back-propagation through time, truncated by a new tape for each part).
    Result operator()(In x /* (b, t, in) */, const States& first = {}) const;
    Result operator()(In x, const Ints& lengths /* (b), each 1 .. t */, const States& first = {}) const;
    Dim layers() const { return static_cast<Dim>(above.size()) + 1; }
};
using GRU = Recurrent<GRUCell>;
using LSTM = Recurrent<LSTMCell>;

}  // namespace heed::nn
