#pragma once
// BERT (Devlin et al., 2019): norms last, types of tokens, and the head that guesses masked tokens.
#include <heed/nn/layers/transformer.hpp>

namespace heed::architectures {

struct HEED_ABI Bert {
    struct Options {  // as in tests/files/huggingface
        Dim symbols = 24, positions = 12, types = 2, width = 16, hidden = 24, layers = 2, heads = 2;
    };
    nn::Embedding tokens, types;
    nn::LearnedPositions positions;
    nn::LayerNorm start;
    nn::TransformerEncoder stack;
    nn::Linear dense;
    nn::LayerNorm norm;
    Var bias;

    Bert(const nn::Params& p, const Options& o)
        : tokens(p / "tokens", o.symbols, o.width), types(p / "types", o.types, o.width),
          positions(p / "positions", o.positions, o.width), start(p / "start", o.width, 1e-12),
          stack(p, o.layers, o.width, o.heads, {.hidden = o.hidden, .norm_first = false, .epsilon = 1e-12}),
          dense(p / "head" / "dense", o.width, o.width), norm(p / "head" / "norm", o.width, 1e-12),
          bias((p / "head").make("bias", {o.symbols}, nn::init::constant(0))) {}

    Var operator()(const Ints& ids, const Ints& kinds, const Mask& mask) const {  // logits of every token
        const Var x = stack(start(positions(tokens(ids) + types(kinds))), mask);
        return tokens.logits(norm(gelu(dense(x)))) + bias;
    }
};

}  // namespace heed::architectures
