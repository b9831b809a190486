#pragma once
// BERT (Devlin et al., 2019): norms last, types of tokens; the head that guesses masked tokens, or the pooler and the
// head that sorts texts into classes.
#include <heed/nn/layers/transformer.hpp>

namespace heed::architectures {

struct HEED_ABI BertStates {
    struct Options {  // as in tests/files/huggingface
        Dim symbols = 24, positions = 12, types = 2, width = 16, hidden = 24, layers = 2, heads = 2, classes = 3;
    };
    nn::Embedding tokens, types;
    nn::LearnedPositions positions;
    nn::LayerNorm start;
    nn::TransformerEncoder stack;

    BertStates(const nn::Params& p, const Options& o)
        : tokens(p / "tokens", o.symbols, o.width), types(p / "types", o.types, o.width),
          positions(p / "positions", o.positions, o.width), start(p / "start", o.width, 1e-12),
          stack(p, o.layers, o.width, o.heads, {.hidden = o.hidden, .norm_first = false, .epsilon = 1e-12}) {}

    Var states(const Ints& ids, const Ints& kinds, const Mask& mask) const {
        return stack(start(positions(tokens(ids) + types(kinds))), mask);
    }
};

struct HEED_ABI Bert : BertStates {
    nn::Linear dense;
    nn::LayerNorm norm;
    Var bias;

    Bert(const nn::Params& p, const Options& o)
        : BertStates(p, o), dense(p / "head" / "dense", o.width, o.width), norm(p / "head" / "norm", o.width, 1e-12),
          bias((p / "head").make("bias", {o.symbols}, nn::init::constant(0))) {}

    Var operator()(const Ints& ids, const Ints& kinds, const Mask& mask) const {  // logits of every token
        return tokens.logits(norm(gelu(dense(states(ids, kinds, mask))))) + bias;
    }
};

struct HEED_ABI BertPooler : BertStates {
    nn::Linear pooler, answer;

    BertPooler(const nn::Params& p, const Options& o)
        : BertStates(p, o), pooler(p / "pooler", o.width, o.width), answer(p / "answer", o.width, o.classes) {}

    Var operator()(const Ints& ids, const Ints& kinds, const Mask& mask) const {  // logits of the text's class
        return answer(tanh(pooler(squeeze(slice(states(ids, kinds, mask), 1, 0, 1), {1}))));
    }
};

}  // namespace heed::architectures
