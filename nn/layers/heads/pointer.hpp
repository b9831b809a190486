#pragma once
// A pointer-generator: each output symbol is either generated from a vocabulary or copied from the source.
#include <heed/nn/layers/layers.hpp>

namespace heed::nn {

// See, Liu, Manning, 2017; Gu et al., 2016: p(w) = g softmax(logits)_w + (1 - g) sum_{j: w stands at j} a_j, with
// g = sigmoid(W x + b) of the decoder's state and the attention's weights a over the source. Symbols have extended ids:
// those of the vocabulary, and behind them what only the source has, numbered for each example: the source "in
// springfield, near springfield" has `springfield` once, under one id at both positions. A source symbol that is in the
// vocabulary too can be given its id there: then both ways to it count.
struct HEED_ABI PointerGenerator {
    Linear gate;  // (width, 1)
    PointerGenerator(Params p, Dim width) : gate(p, width, 1) {}

    // Log-probabilities (b, t, symbols) of all extended ids; -inf of what is neither in the vocabulary nor in the
    // source. x (b, t, width), logits (b, t, vocabulary), weights (b, t, s) or of one step each without t;
    // copies (b, s): the id of each source position. Weights need not sum to 1, as where a mask hides some: the
    // probabilities still do. Where the weights are all zero nothing is copied. Throws RangeError for copies outside
    // the extended ids, or fewer symbols than the vocabulary.
    Var operator()(In x, In logits, In weights, const Ints& copies, Dim symbols) const;

    // The same of the targets alone, (b, t) -> (b, t), without an array of all symbols: for a loss. Finite where the
    // operands are: a target whose only way is a weight that is zero, or below the smallest normal number, counts as
    // that number and gets no gradient by it. Throws RangeError for a target that is neither in the vocabulary nor in
    // its source.
    Var of_targets(In x, In logits, In weights, const Ints& copies, const Ints& targets) const;
};

}  // namespace heed::nn
