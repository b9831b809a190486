#pragma once
// Whisper (Radford et al., 2023): two convolutions and fixed sines before the encoder, a decoder with learned
// positions. The projections of keys have no bias, which would change no weight.
#include <heed/nn/layers/conv.hpp>
#include <heed/nn/layers/transformer.hpp>

namespace heed::architectures {

struct HEED_ABI Whisper {
    struct Options {    // as in tests/files/huggingface
        Dim steps = 7;  // frames / 2
        Dim bands = 6, symbols = 24, positions = 10, width = 16, hidden = 20, layers = 2, heads = 2;
        nn::TransformerOptions stack() const {
            return {.hidden = hidden, .attend = {.key_bias = false}, .cross = {.key_bias = false}};
        }
    };
    nn::Conv1d conv1, conv2;
    nn::LearnedPositions sines;  // timestep_embedding(arange(steps), width), and in every file, too
    nn::TransformerEncoder encoder;
    nn::Embedding tokens;
    nn::LearnedPositions positions;
    nn::TransformerDecoder decoder;

    Whisper(const nn::Params& p, const Options& o)
        : conv1(p / "conv1", o.bands, o.width, 3, {.padding = 1}),
          conv2(p / "conv2", o.width, o.width, 3, {.stride = 2, .padding = 1}),
          sines(p / "encoder" / "positions", o.steps, o.width),
          encoder(p / "encoder", o.layers, o.width, o.heads, o.stack()), tokens(p / "tokens", o.symbols, o.width),
          positions(p / "decoder" / "positions", o.positions, o.width),
          decoder(p / "decoder", o.layers, o.width, o.heads, o.stack()) {
        (p / "encoder" / "positions").freeze();
    }
    std::vector<nn::AttentionMemory> read(In sound) const {  // (b, frames, bands)
        return decoder.remember(encoder(sines(gelu(conv2(gelu(conv1(sound)))))));
    }
    Var operator()(const std::vector<nn::AttentionMemory>& memory, const Ints& ids) const {
        return tokens.logits(decoder(positions(tokens(ids)), memory));
    }
    Var next(const std::vector<nn::AttentionMemory>& memory, const Ints& ids, nn::StackCache& cache) const {
        return tokens.logits(decoder(positions(tokens(ids), cache.next()), memory, cache));
    }
};

}  // namespace heed::architectures
