#pragma once
// Llama (Touvron et al., 2023): RMSNorm, rotary positions, SwiGLU, grouped queries, no biases.
#include <heed/nn/layers/transformer.hpp>

namespace heed::architectures {

struct HEED_ABI Llama {
    struct Options {  // as in tests/files/huggingface
        Dim symbols = 24, width = 16, hidden = 20, layers = 2, heads = 4, key_heads = 2;
        nn::TransformerOptions stack() const {
            return {.hidden = hidden,
                    .activation = nn::Activation::silu,
                    .gated = true,
                    .bias = false,
                    .norm = nn::NormKind::rms,
                    .key_heads = key_heads,
                    .rotary = RotaryOptions{.layout = RotaryLayout::halves}};
        }
    };
    nn::Embedding tokens;
    nn::TransformerEncoder stack;
    nn::Linear answer;

    Llama(const nn::Params& p, const Options& o)
        : tokens(p / "tokens", o.symbols, o.width), stack(p, o.layers, o.width, o.heads, o.stack()),
          answer(nn::Linear::without_bias(p / "answer", o.width, o.symbols)) {}

    Var operator()(const Ints& ids) const { return answer(stack(tokens(ids), causal())); }
    Var next(const Ints& ids, nn::StackCache& cache) const { return answer(stack(tokens(ids), cache)); }
};

}  // namespace heed::architectures
