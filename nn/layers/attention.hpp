#pragma once
// Attention layers: projections around one function, attention() of <heed/ops/attention/attention.hpp>. Each takes any
// score and any mask, and Lenses see it under its path. A mask has a type of its own, as in `attend(x, causal())`: a
// bare array where a mask belongs does not compile.
#include <heed/nn/decode/cache.hpp>
#include <heed/nn/layers/layers.hpp>
#include <heed/ops/attention/attention.hpp>
#include <heed/ops/attention/lens.hpp>
#include <heed/ops/attention/stretches.hpp>

namespace heed::nn {

// Keys and values that several queries attend to, with their side already projected: made once by the layer's
// remember(), used in every decoder step.
struct HEED_ABI AttentionMemory {
    Var keys;    // (b, t, heads * d)
    Var values;  // (b, t, heads * v)
    Mask mask;
    std::optional<PreparedKeys> prepared = {};  // of additive scores; ignored once `keys` is replaced
    AttentionMemory(Var keys_, Var values_, Mask mask_)
        : keys(std::move(keys_)), values(std::move(values_)), mask(std::move(mask_)) {}
};

struct AdditiveOptions {
    Dim heads = 1;       // side by side in `width`, each with its own part of the memory's values
    double dropout = 0;  // of the weights
};

// Bahdanau, Cho, Bengio, 2015: score(q, k_j) = w . tanh(Wq q + Wk k_j + b), softmax over j, weighted sum of the values.
struct HEED_ABI AdditiveAttention {
    Linear query;  // with the bias of the sum
    Linear key;
    Var w;  // (d), or (heads, d) of several heads
    Dim heads;
    double dropout;

    // Throws RangeError unless `heads` divides `width`.
    AdditiveAttention(Params p, Dim query_width, Dim key_width, Dim width, const AdditiveOptions& options = {},
                      Site at = Site::current());

    // The memory's values are the memory itself, (b, t, key_width).
    AttentionMemory remember(In memory, const Mask& mask = {}) const;

    // q is (b, i, query_width), or (b, query_width) for one query an example; the result (b, i, v) or (b, v).
    // `weights`, if given, receives (b, i, t) or (b, t), of several heads (b, heads, i, t) or (b, heads, t):
    // differentiable, after the mask and before dropout; rows without a visible key are zero. Asking for them does not
    // change the result.
    Var operator()(In q, const AttentionMemory& memory, Var* weights = nullptr) const;
};

struct HEED_ABI DotProductOptions {
    bool scaled = true;               // scores divided by the square root of the query's width; false: as they are
    bool general = false;             // keys are multiplied by a matrix first; else both widths must be the same
    double dropout = 0;               // of the weights
    std::optional<Score> score = {};  // another one instead of the product
};

// Luong, Pham, Manning, 2015: score(q, k_j) = q . k_j ("dot") or q . W k_j ("general"), softmax over j, weighted sum of
// the values. Without `general` it has no parameters.
struct HEED_ABI DotProductAttention {
    std::string path;
    std::optional<Linear> key;  // with .general
    Dim width;                  // of queries
    Score score;
    double dropout;

    // Throws RangeError if the widths differ and `general` is not set.
    DotProductAttention(Params p, Dim query_width, Dim key_width, const DotProductOptions& options = {},
                        Site at = Site::current());

    // The memory's values are the memory itself, (b, t, key_width).
    AttentionMemory remember(In memory, const Mask& mask = {}) const;

    // Shapes as AdditiveAttention's with one head.
    Var operator()(In q, const AttentionMemory& memory, Var* weights = nullptr) const;
};

struct HEED_ABI MultiHeadOptions {
    Dim memory_width = 0;  // of what keys and values are made from; 0: the same as `dim`
    Dim key_heads = 0;     // heads of keys and values, a divisor of `heads`: fewer is grouped-query, 1 multi-query
                           // attention; 0: as many
    Dim head_width = 0;    // of each head's queries, keys and values; 0: dim / heads, which must divide it
    // Of the four projections; and of one of them, where it is otherwise.
    std::optional<bool> bias = {};  // unset: true, or as the Transformer's
    std::optional<bool> query_bias = {}, key_bias = {}, value_bias = {}, out_bias = {};
    std::optional<double> dropout = {};  // of the weights; unset: 0, or as the Transformer's
    Score score = {};                    // scaled dot product by default
    std::optional<double> scale = {};    // of the score, as attention() takes it: T5 has 1
    double soft_cap = 0;                 // c: scores become c tanh(score / c) (Gemma 2, 2024); 0: none
    bool qk_norm = false;      // RMS norm of each head's queries and keys (Henry et al., 2020), with a gain each
    bool logit_scale = false;  // a learned factor of each head's scores, 1 at first
    bool sink = false;         // a learned score of each head that takes weight and gives no value, 0 at first
    std::optional<RotaryOptions> rotary = {};  // positions by rotating queries and keys
    Policy policy = Policy::automatic;  // require_composed: gradients of gradients (HigherOrder) pass through the layer
};

// Vaswani et al., 2017: h heads side by side, each softmax(q k' / sqrt(d)) v of its own projections to width d, which
// is dim / h unless an option says otherwise, and a projection of their concatenated results.
struct HEED_ABI MultiHeadAttention {
    std::string path;
    Dim heads, key_heads;
    Linear query, key, value, out;
    std::optional<RMSNorm> query_norm, key_norm;
    Var logit_scale, sink;
    Score score;
    std::optional<double> scale;
    double dropout, soft_cap;
    std::optional<RotaryOptions> turn;
    Policy policy;

    // Throws RangeError unless `heads` divides `dim`, or .head_width is set, and `key_heads` divides `heads`.
    MultiHeadAttention(Params p, Dim dim, Dim heads, const MultiHeadOptions& options = {}, Site at = Site::current());

    // Self-attention: x (b, t, dim) -> (b, t, dim). `weights`, if given, receives (b, heads, t, t): of each head,
    // differentiable, after the mask and before dropout; rows without a visible key are zero. Asking for them does not
    // change the result.
    Var operator()(In x, const Mask& mask = {}, Var* weights = nullptr) const;

    // Self-attention of a sequence that is cut into stretches: x has those of this process, each (b, size, dim), in
    // the order of stretches.of(rank), and so has the result, with the bits of the whole sequence's. The mask is one of
    // the whole sequence. A tape's parts are the stretches: each has gradients of the layer's parameters of its own
    // (see <heed/core/tape_parts.hpp>), as training::fit() adds them up. Throws as attention() over stretches does.
    std::vector<Var> operator()(const std::vector<Var>& x, const Stretches& stretches, const Mask& mask = {},
                                Site at = Site::current()) const;

    // Cross-attention: q (b, i, dim) to a memory of t steps -> (b, i, dim); weights (b, heads, i, t).
    AttentionMemory remember(In memory /* (b, t, memory_width) */, const Mask& mask = {}) const;
    Var operator()(In q, const AttentionMemory& memory, Var* weights = nullptr) const;

    // Self-attention of the next positions, x (b, t, dim), which are appended to the cache, to all that it then holds:
    // one position in a decoder's step, many in a prompt or a part of it. Rotary positions continue from the cache's.
    // The mask is one of t queries and all kept keys. The bits are those of all positions at once under causal(),
    // unless keep_last() dropped some. Throws TapeError while a tape records.
    Var operator()(In x, KeyValueCache& cache, const Mask& mask = causal_from_end()) const;

private:
    AttentionMemory projected(In memory, const Mask& mask) const;  // of a memory without what the mask hides
    AttentionOptions options(const Mask& mask) const;
    std::optional<RotaryOptions> turn_from(Dim position) const;
};

}  // namespace heed::nn
