#pragma once
// GPT: learned positions, a causal transformer, and an output that shares the table of symbols (Radford et al., 2018).
#include <heed/heed.hpp>

namespace heed::models {

struct Gpt {
    struct Options {
        Dim symbols, length;  // the size of the alphabet; the longest text that it reads
        Dim layers = 4, heads = 4, width = 128;
    };

    Var symbol;  // (symbols, width), at the input and, transposed, at the output
    nn::LearnedPositions position;
    nn::TransformerEncoder stack;  // a decoder without cross-attention is an encoder with a causal mask

    Gpt(const nn::Params& p, const Options& o)
        : symbol((p / "symbol").make("table", {o.symbols, o.width}, nn::init::normal(0.02), {.name = "weight"})),
          position(p / "place", o.length, o.width), stack(p, o.layers, o.width, o.heads) {}

    // All positions at once, for training: text (b, t) -> logits (b, t, symbols) of the symbol that follows each.
    Var operator()(const Ints& text) const { return logits(stack(position(take_rows(symbol, text)), causal())); }

    // Only the symbols from position `first` on, for sampling: the cache holds keys and values of those before.
    Var next(const Ints& text, nn::StackCache& cache, Dim first) const {
        return logits(stack(position(take_rows(symbol, text), first), cache));
    }

    Var logits(In x) const { return linear(x, transpose(symbol)); }
};

}  // namespace heed::models
