#pragma once
// A Transformer that encodes a sentence and decodes its translation (Vaswani et al., 2017), with norms first and rotary
// positions (Su et al., 2021), which depend on distances only.
#include <heed/nn/layers/transformer.hpp>

namespace heed::translate {

struct ModelOptions;

class Transformer {
public:
    Transformer(const nn::Params& p, const ModelOptions& options);

    struct State {
        Ints sentence;                            // (n): which one of the source each hypothesis translates
        Ints lengths;                             // (n): of its source
        std::vector<nn::AttentionMemory> memory;  // of each layer
        nn::StackCache cache;
        Dim size() const { return count(sentence); }
        void reorder(const Ints& rows);
    };
    State start(const Var& source /* (n, s, width) */, const Ints& lengths /* (n) */) const;
    Var decode(const State& state, const Var& previous /* (n, t, width) */) const;  // (n, t, width)
    Var next(State& state, const Var& previous /* (n, width) */) const;             // (n, width)

private:
    nn::TransformerEncoder encoder_;
    nn::TransformerDecoder decoder_;
};

}  // namespace heed::translate
