#pragma once
// A Transformer that encodes a text and decodes another (Vaswani et al., 2017), with norms first. Embeddings and the
// output layer are the program's.
#include <utility>
#include <heed/nn/data/rows.hpp>
#include <heed/nn/layers/transformer.hpp>
#include <heed/nn/program/options.hpp>

namespace heed::models {

struct EncoderDecoder {
    struct Options {
        Dim layers = 4, heads = 4, width = 128, hidden = 256;  // layers of the encoder, and of the decoder
        double dropout = 0.1;
        bool rotary = true;  // positions by rotation (Su et al., 2021), which depend on distances only

        // Its settings; `note` is added to what --help says of them.
        void declare(training::Settings& s, const std::string& note = {}) {
            program::declare_stack(s, "width", width, "of pieces and states", layers,
                                   "of the encoder, and of the decoder", heads, note);
            s.add("hidden", hidden, "width inside the feed-forward layers" + note).within(1, program::most_width);
            program::declare_dropout(s, dropout);
        }
        nn::TransformerOptions of_layers() const {
            return {.hidden = hidden,
                    .dropout = dropout,
                    .rotary = rotary ? std::optional(RotaryOptions{}) : std::nullopt};
        }
    };

    nn::TransformerEncoder encoder;
    nn::TransformerDecoder decoder;

    EncoderDecoder(const nn::Params& p, const Options& o)
        : encoder(p / "encoder", o.layers, o.width, o.heads, o.of_layers()),
          decoder(p / "decoder", o.layers, o.width, o.heads, o.of_layers()) {}

    struct State {
        Ints text;                                // (n): which one of the source each hypothesis belongs to
        Ints lengths;                             // (n): of its source
        std::vector<nn::AttentionMemory> memory;  // of each layer
        nn::StackCache cache;
        Dim size() const { return count(text); }

        // Keeps hypotheses rows(0), rows(1), ...; whether that changed their sources. Where it did not, the memory is
        // not copied: it is large.
        bool reorder(const Ints& rows) {
            cache.reorder(rows);
            const Ints before = std::exchange(text, data::rows_of(text, rows));
            if (text.shape() == before.shape() && text.storage() == before.storage()) return false;
            lengths = data::rows_of(lengths, rows);
            for (nn::AttentionMemory& layer : memory) layer = chosen(layer, rows, lengths);
            return true;
        }
        // The memory of those hypotheses, whose sources have these lengths.
        static nn::AttentionMemory chosen(const nn::AttentionMemory& memory, const Ints& rows, const Ints& lengths) {
            return {take(memory.keys, rows, 0), take(memory.values, rows, 0), heed::lengths(lengths)};
        }
    };

    // `encoded`, if given, receives the encoder's result, (n, s, width).
    State start(In source /* (n, s, width) */, const Ints& lengths /* (n) */, Var* encoded = nullptr) const {
        const Mask mask = heed::lengths(lengths);
        const Var memory = encoder(source, mask);
        if (encoded) *encoded = memory;
        return {arange(count(lengths)), lengths, decoder.remember(memory, mask), {}};
    }
    // All positions at once, (n, t, width) -> (n, t, width). `weights`, if given, receives those of each layer's
    // attention to the source, (n, heads, t, s).
    Var decode(const State& state, In previous, std::vector<Var>* weights = nullptr) const {
        return decoder(previous, state.memory, causal(), weights);
    }
    // One step, (n, width) -> (n, width).
    Var next(State& state, In previous) const {
        return squeeze(decoder(unsqueeze(previous, 1), state.memory, state.cache), 1);
    }
};

}  // namespace heed::models
