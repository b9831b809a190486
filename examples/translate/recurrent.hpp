#pragma once
// A bidirectional GRU encodes the sentence, and a GRU with additive attention decodes its translation (Bahdanau, Cho,
// Bengio, 2015).
#include <heed/nn/layers/attention.hpp>
#include <heed/nn/layers/recurrent.hpp>

namespace heed::translate {

struct ModelOptions;

class Recurrent {
public:
    Recurrent(const nn::Params& p, const ModelOptions& options);

    struct State {
        Ints sentence, lengths;  // (n), as EncoderDecoder's text and lengths
        nn::AttentionMemory memory;
        Var h;  // (n, width)
        Dim size() const { return count(sentence); }
        void reorder(const Ints& rows);
    };
    State start(const Var& source /* (n, s, width) */, const Ints& lengths /* (n) */) const;
    Var decode(State state, const Var& previous /* (n, t, width) */) const;  // (n, t, width)
    Var next(State& state, const Var& previous /* (n, width) */) const;      // (n, width)

private:
    Var step(State& state, In piece_gates) const;  // the context; updates the state
    Var before_table(In h, In context, In piece) const;

    nn::Dropout drop_memory_, drop_out_;
    nn::GRU encoder_;
    nn::Linear start_;
    nn::AdditiveAttention attend_;
    nn::Linear from_piece_, from_context_, from_state_;  // the decoder's GRU: its gates are their sum
    nn::Linear before_;
};

}  // namespace heed::translate
