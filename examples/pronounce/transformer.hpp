#pragma once
// Letters to phones by a Transformer (Vaswani et al., 2017): an encoder reads the word, and a decoder predicts the
// phones with a cache of the keys and values of the previous ones.
#include <heed/examples/models/encoder_decoder.hpp>

namespace heed::pronounce {

struct ModelOptions;

class Transformer {
public:
    Transformer(const nn::Params& p, const ModelOptions& options);

    using State = models::EncoderDecoder::State;
    State start(const Ints& source /* (n, s) */, const Ints& lengths /* (n) */) const;
    // Logits (n, t, phones); weights[t] is (n, s): where the last layer attended, the mean of its heads.
    Var decode(const State& state, const Ints& previous /* (n, t) */, std::vector<Var>* weights) const;
    Var next(State& state, const Ints& previous /* (n) */) const;  // logits (n, phones)

private:
    nn::Embedding letter_, phone_;
    nn::SinusoidalPositions position_;
    nn::Dropout drop_letter_, drop_phone_;
    models::EncoderDecoder stacks_;
    nn::Linear out_;
};

}  // namespace heed::pronounce
