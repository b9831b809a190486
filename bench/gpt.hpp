#pragma once
// A language model of characters with learned places and a tied head.
#include <heed/nn/layers/positions.hpp>
#include <heed/nn/layers/transformer.hpp>

namespace heed::bench {

inline constexpr Dim gpt_symbols = 65;

struct Gpt {
    Var symbol;  // (symbols, width)
    nn::LearnedPositions place;
    nn::TransformerEncoder stack;
    Gpt(const nn::Params& p, Dim layers, Dim heads, Dim width, Dim places)
        : symbol((p / "symbol").make("table", {gpt_symbols, width}, nn::init::normal(0.02), {.name = "weight"})),
          place(p / "place", places, width),
          stack(p, layers, width, heads) {}

    Var logits(In x) const { return linear(x, transpose(symbol)); }
    Var operator()(const Ints& text) const { return logits(stack(place(take_rows(symbol, text)), causal())); }  // (b, t) -> (b, t, symbols)
    // Of the places that come after those in the cache.
    Var next(const Ints& text, nn::StackCache& cache, Dim first) const { return logits(stack(place(take_rows(symbol, text), first), cache)); }
};

}  // namespace heed::bench
