#pragma once
// GPT-2 (Radford et al., 2019): a causal stack, learned positions, an output tied to the table of symbols.
#include <heed/nn/layers/transformer.hpp>

namespace heed::architectures {

struct HEED_ABI Gpt2 {
    struct Options {  // as in tests/files/huggingface
        Dim symbols = 24, positions = 12, width = 16, layers = 2, heads = 2;
    };
    nn::Embedding tokens;
    nn::LearnedPositions positions;
    nn::TransformerEncoder stack;

    Gpt2(const nn::Params& p, const Options& o)
        : tokens(p / "tokens", o.symbols, o.width), positions(p / "positions", o.positions, o.width),
          stack(p, o.layers, o.width, o.heads, {.activation = nn::Activation::gelu_tanh}) {}

    Var operator()(const Ints& ids) const { return tokens.logits(stack(positions(tokens(ids)), causal())); }
    Var next(const Ints& ids, nn::StackCache& cache) const {
        return tokens.logits(stack(positions(tokens(ids), cache.next()), cache));
    }
};

}  // namespace heed::architectures
