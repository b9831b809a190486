#pragma once
// T5 (Raffel et al., 2020), and its version 1.1 with a gate and an output of its own: no biases, RMSNorm, scores as
// they are, and positions by distance. The encoder also by itself.
#include <cmath>
#include <heed/nn/layers/transformer.hpp>

namespace heed::architectures {

struct HEED_ABI T5 {
    struct Options {  // as in tests/files/huggingface
        Dim symbols = 24, width = 16, head_width = 6, hidden = 20, layers = 2, heads = 2, buckets = 8,
            max_distance = 10;
        bool version_1_1 = false;
        nn::TransformerOptions stack(bool decodes) const {
            const nn::MultiHeadOptions attention{.head_width = head_width, .scale = 1};
            return {.hidden = hidden,
                    .activation = version_1_1 ? nn::Activation::gelu_tanh : nn::Activation::relu,
                    .gated = version_1_1,
                    .bias = false,
                    .norm = nn::NormKind::rms,
                    .epsilon = 1e-6,
                    .relative = nn::RelativeOptions{buckets, {.bidirectional = !decodes, .max_distance = max_distance}},
                    .attend = attention,
                    .cross = attention};
        }
    };
    nn::Embedding tokens;
    nn::TransformerEncoder encoder;
    nn::TransformerDecoder decoder;
    std::optional<nn::Linear> answer;

    T5(const nn::Params& p, const Options& o)
        : tokens(p / "tokens", o.symbols, o.width), encoder(p / "encoder", o.layers, o.width, o.heads, o.stack(false)),
          decoder(p / "decoder", o.layers, o.width, o.heads, o.stack(true)) {
        if (o.version_1_1) answer.emplace(nn::Linear::without_bias(p / "answer", o.width, o.symbols));
    }
    std::vector<nn::AttentionMemory> read(const Ints& ids, const Mask& mask) const {
        return decoder.remember(encoder(tokens(ids), mask), mask);
    }
    Var operator()(const std::vector<nn::AttentionMemory>& memory, const Ints& ids) const {
        return logits(decoder(tokens(ids), memory));
    }
    Var next(const std::vector<nn::AttentionMemory>& memory, const Ints& ids, nn::StackCache& cache) const {
        return logits(decoder(tokens(ids), memory, cache));
    }
    Var logits(In x) const {  // a tied output is scaled
        return answer ? (*answer)(x) : tokens.logits(x.var() / std::sqrt(static_cast<double>(x.dim(-1))));
    }
};

struct HEED_ABI T5Encoder {
    using Options = T5::Options;
    nn::Embedding tokens;
    nn::TransformerEncoder encoder;

    T5Encoder(const nn::Params& p, const Options& o)
        : tokens(p / "tokens", o.symbols, o.width), encoder(p / "encoder", o.layers, o.width, o.heads, o.stack(false)) {
    }
    Var operator()(const Ints& ids, const Mask& mask) const { return encoder(tokens(ids), mask); }  // the last states
};

}  // namespace heed::architectures
