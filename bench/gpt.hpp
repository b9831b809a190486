#pragma once
// A character language model with learned positions and a tied head.
#include <heed/nn/layers/positions.hpp>
#include <heed/nn/layers/transformer.hpp>

namespace heed::bench {

inline constexpr Dim gpt_symbols = 65;

struct Gpt {
    Var symbol;  // (symbols, width)
    nn::LearnedPositions position;
    nn::TransformerEncoder stack;
    Gpt(const nn::Params& p, Dim layers, Dim heads, Dim width, Dim positions)
        : symbol((p / "symbol").make("table", {gpt_symbols, width}, nn::init::normal(0.02), {.name = "weight"})),
          position(p / "place", positions, width),
          stack(p, layers, width, heads) {}

    Var logits(In x) const { return linear(x, transpose(symbol)); }
    Var operator()(const Ints& text) const {  // (b, t) -> (b, t, symbols)
        return logits(stack(position(take_rows(symbol, text)), causal()));
    }
    // Logits of the positions that come after those in the cache, of which there are `first`.
    Var next(const Ints& text, nn::StackCache& cache, Dim first) const {
        return logits(stack(position(take_rows(symbol, text), first), cache));
    }
};

}  // namespace heed::bench
