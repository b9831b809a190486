#pragma once
// Attention layers. Weights can be asked for without changing the numbers. A mask is said by type, as in `attend(x, causal())`:
// a bare array where a mask belongs does not compile.
#include <heed/nn/layers.hpp>

namespace heed::nn {

// Keys and values that several queries attend to, with their side already projected: made once by the layer's remember(), used
// in every decoder step.
struct HEED_ABI AttentionMemory {
    Var keys;    // (b, t, d) for AdditiveAttention; (b, d, t) and (b, h, d, t), ready for the product, for the others
    Var values;  // (b, t, v), or (b, h, t, v) with heads
    Mask mask;
    AttentionMemory(Var keys_, Var values_, Mask mask_) : keys(std::move(keys_)), values(std::move(values_)), mask(std::move(mask_)) {}
};

// Bahdanau, Cho, Bengio, 2015: score(q, k_j) = w . tanh(Wq q + Wk k_j + b), softmax over j, weighted sum of the values.
struct HEED_ABI AdditiveAttention {
    Linear query;  // with the bias of the sum
    Linear key;
    Var w;         // (d)

    AdditiveAttention(Params p, Dim query_width, Dim key_width, Dim width)
        : query(p / "query", query_width, width), key(Linear::without_bias(p / "key", key_width, width)),
          w(p.make("w", {width}, init::fan_in_uniform(width))) {}

    // The memory's values are the memory itself, (b, t, key_width).
    AttentionMemory remember(In memory, const Mask& mask = {}) const { return {key(memory), memory.var(), mask}; }

    // q is (b, i, query_width), or (b, query_width) for one query an example; the result (b, i, v) or (b, v).
    // `weights`, if given, receives (b, i, t) or (b, t): after the mask, rows without a visible key are zero.
    Var operator()(In q, const AttentionMemory& memory, Var* weights = nullptr) const;
};

struct DotProductOptions {
    bool scaled = true;    // scores divided by the square root of the query's width; false: as they are
    bool general = false;  // keys are multiplied by a matrix first; else both widths must be the same
    double dropout = 0;    // of the weights
};

// Luong, Pham, Manning, 2015: score(q, k_j) = q . k_j ("dot") or q . W k_j ("general"), softmax over j, weighted sum of the values.
// Without `general` it has no parameters.
struct HEED_ABI DotProductAttention {
    std::string path;
    std::optional<Linear> key;  // with .general
    Dim width;                  // of queries
    double scale, dropout;

    // Throws RangeError if the widths differ and `general` is not set.
    DotProductAttention(Params p, Dim query_width, Dim key_width, const DotProductOptions& options = {}, Site at = Site::current());

    // The memory's values are the memory itself, (b, t, key_width).
    AttentionMemory remember(In memory, const Mask& mask = {}) const;

    // Shapes as AdditiveAttention's. `weights` are after the mask and before dropout.
    Var operator()(In q, const AttentionMemory& memory, Var* weights = nullptr) const;
};

struct MultiHeadOptions {
    Dim memory_width = 0;  // of what keys and values are made from; 0: the same as `dim`
    bool bias = true;      // of the four projections
    double dropout = 0;    // of the weights
};

// Vaswani et al., 2017: h heads side by side, each softmax(q k' / sqrt(dim / h)) v of its own projections, and a projection of
// what they found together.
struct HEED_ABI MultiHeadAttention {
    std::string path;
    Dim heads;
    Linear query, key, value, out;
    double dropout;

    // Throws RangeError unless `heads` divides `dim`.
    MultiHeadAttention(Params p, Dim dim, Dim heads, const MultiHeadOptions& options = {}, Site at = Site::current());

    // Self-attention: x (b, t, dim) -> (b, t, dim). `weights`, if given, receives (b, heads, t, t): of each head, after the mask
    // and before dropout; rows without a visible key are zero.
    Var operator()(In x, const Mask& mask = {}, Var* weights = nullptr) const { return (*this)(x, remember(x, mask), weights); }

    // Cross-attention: q (b, i, dim) to a memory of t steps -> (b, i, dim); weights (b, heads, i, t).
    AttentionMemory remember(In memory /* (b, t, memory_width) */, const Mask& mask = {}) const;
    Var operator()(In q, const AttentionMemory& memory, Var* weights = nullptr) const;
};

}  // namespace heed::nn
