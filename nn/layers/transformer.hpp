#pragma once
// Transformer layers (Vaswani et al., 2017) and stacks of them.
#include <heed/nn/layers/attention.hpp>

namespace heed::nn {

enum class Activation { relu, gelu, gelu_tanh, silu };
Var activate(In x, Activation activation);

struct FeedForwardOptions {
    Activation activation = Activation::gelu;
    double dropout = 0;  // of the hidden layer
};

// Two linear layers with an activation between them, at each position separately.
struct HEED_ABI FeedForward {
    Linear up, down;
    Dropout drop;
    Activation activation;
    FeedForward(Params p, Dim dim, Dim hidden, const FeedForwardOptions& o = {})
        : up(p.named("up", {{"linear1.{}"}}), dim, hidden), down(p.named("down", {{"linear2.{}"}}), hidden, dim),
          drop(p / "drop", o.dropout), activation(o.activation) {}
    Var operator()(In x) const { return down(drop(activate(up(x), activation))); }  // (..., dim) -> (..., dim)
};

struct TransformerOptions {
    Dim hidden = 0;  // width inside FeedForward; 0: 4 dim
    bool norm_first =
        true;  // x + f(norm(x)), which trains without warm-up (Xiong et al., 2020); false: norm(x + f(x)), as published
    Activation activation = Activation::gelu;
    double dropout = 0;     // of attention's weights, inside FeedForward, and of each part before it is added
    bool bias = true;       // of attention's projections
    double epsilon = 1e-5;  // of the norms
    Dim key_heads = 0;      // of self-attention, a divisor of the heads; 0: as many
    std::optional<RotaryOptions> rotary = {};  // of self-attention
};

// Self-attention, then FeedForward.
struct HEED_ABI TransformerEncoderLayer {
    MultiHeadAttention attend;
    FeedForward feed;
    LayerNorm norm1, norm2;
    Dropout drop1, drop2;
    bool norm_first;

    TransformerEncoderLayer(Params p, Dim dim, Dim heads, const TransformerOptions& options = {},
                            Site at = Site::current());
    // x (b, t, dim) -> (b, t, dim); `weights`, if given, receives (b, heads, t, t).
    Var operator()(In x, const Mask& mask = {}, Var* weights = nullptr) const;
    Var operator()(In x, KeyValueCache& cache, const Mask& mask = causal_from_end()) const;  // of the next positions
};

// Self-attention, attention to the encoder's result, then FeedForward.
struct HEED_ABI TransformerDecoderLayer {
    MultiHeadAttention attend, cross;
    FeedForward feed;
    LayerNorm norm1, norm2, norm3;
    Dropout drop1, drop2, drop3;
    bool norm_first;

    TransformerDecoderLayer(Params p, Dim dim, Dim heads, const TransformerOptions& options = {},
                            Site at = Site::current());
    AttentionMemory remember(In memory /* (b, s, dim) */, const Mask& mask = {}) const {
        return cross.remember(memory, mask);
    }
    // x (b, t, dim) -> (b, t, dim); `weights`, if given, receives those of the cross-attention, (b, heads, t, s).
    Var operator()(In x, const AttentionMemory& memory, const Mask& mask = causal(), Var* weights = nullptr) const;
    // Of the next positions.
    Var operator()(In x, const AttentionMemory& memory, KeyValueCache& cache,
                   const Mask& mask = causal_from_end()) const;
};

// Layers one after the other, and with .norm_first a norm at the end, since the last sum has none.
struct HEED_ABI TransformerEncoder {
    std::vector<TransformerEncoderLayer> layers;
    std::optional<LayerNorm> norm;

    TransformerEncoder(Params p, Dim layers, Dim dim, Dim heads, const TransformerOptions& options = {},
                       Site at = Site::current());
    // `weights`, if given, receives one array for each layer.
    Var operator()(In x, const Mask& mask = {}, std::vector<Var>* weights = nullptr) const;
    // Step by step, as a language model generates: x (b, t, dim) are the next positions. The same bits as all positions
    // at once under causal().
    Var operator()(In x, StackCache& cache, const Mask& mask = causal_from_end()) const;
};

struct HEED_ABI TransformerDecoder {
    std::vector<TransformerDecoderLayer> layers;
    std::optional<LayerNorm> norm;

    TransformerDecoder(Params p, Dim layers, Dim dim, Dim heads, const TransformerOptions& options = {},
                       Site at = Site::current());
    std::vector<AttentionMemory> remember(In memory, const Mask& mask = {}) const;  // for each layer
    Var operator()(In x, const std::vector<AttentionMemory>& memory, const Mask& mask = causal(),
                   std::vector<Var>* weights = nullptr) const;
    // Step by step, as above.
    Var operator()(In x, const std::vector<AttentionMemory>& memory, StackCache& cache,
                   const Mask& mask = causal_from_end()) const;
};

}  // namespace heed::nn
