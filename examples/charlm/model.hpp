#pragma once
// A causal Transformer over characters: rotary positions (Su et al., 2021), norms first, the table of characters tied to the output.
#include <heed/nn/transformer.hpp>

namespace heed::charlm {

struct ModelOptions {
    Dim symbols = 0;
    Dim width = 128;
    Dim layers = 4;
    Dim heads = 4;  // a divisor of the width
    double dropout = 0.05;
};

class Model {
public:
    Model(nn::Params p, const ModelOptions& options);

    Var operator()(const Ints& text /* (b, t) */) const;  // logits of the character after each, (b, t, symbols)
    // The same of the characters that come after those in the cache: each costs its own work alone.
    Var next(const Ints& text /* (b, t) */, nn::StackCache& cache) const;
    // Of one batch, in nats a character.
    Var loss(const Ints& text, const Ints& next) const { return cross_entropy((*this)(text), next); }

private:
    Var table_;  // (symbols, width)
    nn::Dropout drop_;
    nn::TransformerEncoder layers_;
};

}  // namespace heed::charlm
