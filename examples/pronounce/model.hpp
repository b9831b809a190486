#pragma once
// Letters to phones: a bidirectional GRU reads the word, a GRU says the phones, and additive attention tells it where to look.
#include <heed/examples/pronounce/batches.hpp>
#include <heed/nn/attention.hpp>
#include <heed/nn/recurrent.hpp>

namespace heed::pronounce {

struct ModelOptions {
    Dim letters = 0;  // sizes of the vocabularies
    Dim phones = 0;
    Dim embedding = 128;
    Dim width = 256;
    double dropout = 0.2;
};

class Model {
public:
    Model(nn::Params p, const ModelOptions& options);

    // Logits of every next phone, (b, t, phones), given the right phones before it.
    Var operator()(const Batch& batch) const;
    // The same, and weights[t] is (b, s): where the decoder looked when it said phone t.
    Var operator()(const Batch& batch, std::vector<Var>& weights) const;
    Var loss(const Batch& batch, double smoothing) const;

    // A decoder after some steps, for n hypotheses.
    struct State {
        Ints lengths;  // (n)
        nn::AttentionMemory memory;
        Var h;  // (n, width)
    };
    State start(const Ints& source /* (n, s) */, const Ints& lengths /* (n) */) const;
    // Takes the phone said last, (n), and gives log-probabilities of the next one, (n, phones).
    Var next(State& state, const Ints& previous) const;
    static State reorder(const State& state, const Ints& rows);  // hypotheses by number, again or anew

private:
    struct Said {
        Var context, h;
    };
    Said say(In phone_gates, In h, const nn::AttentionMemory& memory, Var* weights) const;
    Var logits(In h, In context, In phone) const;
    Var decode(const Batch& batch, std::vector<Var>* weights) const;

    nn::Embedding letter_, phone_;
    nn::Dropout drop_letter_, drop_memory_, drop_phone_, drop_head_;
    nn::GRU encoder_;
    nn::Linear start_;
    nn::AdditiveAttention attend_;
    nn::Linear from_phone_, from_context_, from_state_;  // the decoder's GRU: its gates are their sum
    nn::Linear before_, out_;
};

}  // namespace heed::pronounce
