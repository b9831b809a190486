#pragma once
// Letters to phones by a Transformer (Vaswani et al., 2017): an encoder reads the word, a decoder says the phones, and remembers the keys
// and values of those it has said.
#include <heed/nn/layers/positions.hpp>
#include <heed/nn/layers/transformer.hpp>

namespace heed::pronounce {

struct ModelOptions;

class Transformer {
public:
    Transformer(const nn::Params& p, const ModelOptions& options);

    struct State {
        Ints lengths;                             // (n)
        std::vector<nn::AttentionMemory> memory;  // of each layer
        nn::StackCache said;
        void reorder(const Ints& rows);
    };
    State start(const Ints& source /* (n, s) */, const Ints& lengths /* (n) */) const;
    // Logits (n, t, phones); weights[t] is (n, s): where the last layer looked, the mean of its heads.
    Var say(const State& state, const Ints& previous /* (n, t) */, std::vector<Var>* weights) const;
    Var next(State& state, const Ints& previous /* (n) */) const;  // logits (n, phones)

private:
    nn::Embedding letter_, phone_;
    nn::SinusoidalPositions place_;
    nn::Dropout drop_letter_, drop_phone_;
    nn::TransformerEncoder encoder_;
    nn::TransformerDecoder decoder_;
    nn::Linear out_;
};

}  // namespace heed::pronounce
