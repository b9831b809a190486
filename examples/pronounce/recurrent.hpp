#pragma once
// Letters to phones: a bidirectional GRU encodes the word, a GRU predicts the phones, and attends to the letters by
// additive attention.
#include <heed/nn/layers/attention.hpp>
#include <heed/nn/layers/recurrent.hpp>

namespace heed::pronounce {

struct ModelOptions;

class Recurrent {
public:
    Recurrent(const nn::Params& p, const ModelOptions& options);

    struct State {
        Ints lengths;  // (n)
        nn::AttentionMemory memory;
        Var h;  // (n, width)
        Dim size() const { return count(lengths); }
        void reorder(const Ints& rows);
    };
    State start(const Ints& source /* (n, s) */, const Ints& lengths /* (n) */) const;
    // Logits (n, t, phones); weights[t] is (n, s).
    Var decode(State state, const Ints& previous /* (n, t) */, std::vector<Var>* weights) const;
    Var next(State& state, const Ints& previous /* (n) */) const;  // logits (n, phones)

private:
    struct StepResult {
        Var context, h;
    };
    StepResult step(In phone_gates, In h, const nn::AttentionMemory& memory, Var* weights) const;
    Var logits(In h, In context, In phone) const;

    nn::Embedding letter_, phone_;
    nn::Dropout drop_letter_, drop_memory_, drop_phone_, drop_head_;
    nn::GRU encoder_;
    nn::Linear start_;
    nn::AdditiveAttention attend_;
    nn::Linear from_phone_, from_context_, from_state_;  // the decoder's GRU: its gates are their sum
    nn::Linear before_, out_;
};

}  // namespace heed::pronounce
