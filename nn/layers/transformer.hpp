#pragma once
// Transformer layers (Vaswani et al., 2017) and stacks of them.
#include <heed/nn/layers/attention.hpp>
#include <heed/nn/layers/branch.hpp>
#include <heed/nn/layers/norm.hpp>
#include <heed/nn/layers/positions.hpp>

namespace heed::nn {

enum class Activation { relu, gelu, gelu_tanh, silu };
Var activate(In x, Activation activation);
// The activation of the first half of the last axis, times the second half: (..., 2 n) -> (..., n).
Var activate_gated(In x, Activation activation);

struct FeedForwardOptions {
    Activation activation = Activation::gelu;
    double dropout = 0;  // of the hidden layer
    bool gated = false;  // Shazeer, 2020: the hidden layer is activation(x V) * (x W), V and W side by side in `up`
    bool bias = true;    // of both
};

// Two linear layers with an activation between them, at each position separately.
struct HEED_ABI FeedForward {
    Linear up, down;  // up: (dim, hidden), gated (dim, 2 hidden) with the columns of what is activated first
    Dropout drop;
    Activation activation;
    bool gated;
    FeedForward(Params p, Dim dim, Dim hidden, const FeedForwardOptions& o = {})
        : up(Linear::with_bias_if(o.bias, p.named("up", {{"linear1.{}"}}), dim,
                                  o.gated ? saturated_product(2, hidden) : hidden)),
          down(Linear::with_bias_if(o.bias, p.named("down", {{"linear2.{}"}}), hidden, dim)),
          drop(p / "drop", o.dropout), activation(o.activation), gated(o.gated) {}
    Var operator()(In x) const {  // (..., dim) -> (..., dim)
        return down(drop(gated ? activate_gated(up(x), activation) : activate(up(x), activation)));
    }
};

// What holds for all parts of a layer. With other values than the defaults these are the layers of GPT-2, BERT, ViT,
// T5, Llama and Whisper: see docs/learn/transformers.md.
struct TransformerOptions {
    Dim hidden = 0;  // width inside FeedForward; 0: 4 dim
    bool norm_first =
        true;  // x + f(norm(x)), which trains without warm-up (Xiong et al., 2020); false: norm(x + f(x)), as published
    Activation activation = Activation::gelu;
    bool gated = false;  // FeedForward's hidden layer has a gate: with silu, SwiGLU
    double dropout = 0;  // of attention's weights, inside FeedForward, and of each part before it is added
    bool bias = true;    // of every part that can have one: attention's projections, FeedForward, LayerNorm
    NormKind norm = NormKind::layer;
    double epsilon = 1e-5;                     // of the norms
    Dim key_heads = 0;                         // of self-attention, a divisor of the heads; 0: as many
    std::optional<RotaryOptions> rotary = {};  // of self-attention
    // Beside PyTorch's options
    std::optional<double> layer_scale = {};  // a gain for each channel of each part before it is added, this at first
    double stochastic_depth = 0;  // probability that a part is left out for an example while training: of a stack's
                                  // last layer, growing evenly from 0 in its first
    std::optional<RelativeOptions> relative = {};  // of a stack: T5's bias by distance, which all layers'
                                                   // self-attention shares
    // What one of the parts has otherwise.
    MultiHeadOptions attend = {};  // self-attention
    MultiHeadOptions cross = {};   // a decoder's attention to its memory
    std::optional<bool> feed_bias = {}, norm_bias = {};
};

// Self-attention, then FeedForward.
struct HEED_ABI TransformerEncoderLayer {
    MultiHeadAttention attend;
    FeedForward feed;
    Norm norm1, norm2;
    Branch branch1, branch2;
    bool norm_first;

    TransformerEncoderLayer(Params p, Dim dim, Dim heads, const TransformerOptions& options = {},
                            Site at = Site::current());
    // x (b, t, dim) -> (b, t, dim); `weights`, if given, receives (b, heads, t, t).
    Var operator()(In x, const Mask& mask = {}, Var* weights = nullptr) const;
    Var operator()(In x, KeyValueCache& cache, const Mask& mask = causal_from_end()) const;  // of the next positions
    // Of the stretches of a sequence that this process has, as MultiHeadAttention takes them.
    std::vector<Var> operator()(const std::vector<Var>& x, const Stretches& stretches, const Mask& mask = {},
                                Site at = Site::current()) const;
};

// Self-attention, attention to the encoder's result, then FeedForward.
struct HEED_ABI TransformerDecoderLayer {
    MultiHeadAttention attend, cross;
    FeedForward feed;
    Norm norm1, norm2, norm3;
    Branch branch1, branch2, branch3;
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
template <class Layer>
struct HEED_ABI TransformerStack {
    std::vector<Layer> layers;
    std::optional<Norm> norm;
    std::optional<RelativePositions> relative;
};

struct HEED_ABI TransformerEncoder : TransformerStack<TransformerEncoderLayer> {
    TransformerEncoder(Params p, Dim layers, Dim dim, Dim heads, const TransformerOptions& options = {},
                       Site at = Site::current());
    // `weights`, if given, receives one array for each layer.
    Var operator()(In x, const Mask& mask = {}, std::vector<Var>* weights = nullptr) const;
    // Step by step, as a language model generates: x (b, t, dim) are the next positions. The same bits as all positions
    // at once under causal().
    Var operator()(In x, StackCache& cache, const Mask& mask = causal_from_end()) const;
    // Of the stretches of a sequence that this process has, each (b, size, dim), and all under the mask of the whole
    // sequence. What a layer draws, dropout and stochastic depth, each stretch draws for itself.
    std::vector<Var> operator()(const std::vector<Var>& x, const Stretches& stretches, const Mask& mask = {},
                                Site at = Site::current()) const;
};

struct HEED_ABI TransformerDecoder : TransformerStack<TransformerDecoderLayer> {
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
