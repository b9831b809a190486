#pragma once
// Transformer layers that a condition steers, such as a time and a class, as generative models use them (Peebles and
// Xie, "Scalable Diffusion Models with Transformers", 2023: adaLN-Zero).
#include <functional>
#include <heed/nn/layers/transformer.hpp>

namespace heed::nn {

// A layer norm whose shift and gain, and a gate for what is made of its result, are linear in a condition, one for each
// example. All are as without a condition at first: shift 0, gain 1, gate 0.
struct HEED_ABI AdaptiveNorm {
    Var weight, bias;  // (condition, 2 dim): shift and gain - 1; with a gate (condition, 3 dim)
    Dim dim;
    double epsilon;
    enum class Gate { none, with };
    // Throws RangeError for sizes below 1.
    AdaptiveNorm(Params p, Dim dim, Dim condition, Gate gate = Gate::none, double epsilon = 1e-6,
                 Site at = Site::current());

    // x (b, t, dim), condition (b, width) -> (b, t, dim).
    Var operator()(In x, In condition) const;
    // x + gate part(norm(x)). Throws RangeError for a norm without a gate.
    Var around(In x, In condition, const std::function<Var(const Var&)>& part) const;

private:
    std::vector<Var> steered(In x, In condition) const;
    Var normed(In x, const std::vector<Var>& by) const;
};

struct AdaptiveOptions {
    Dim hidden = 0;  // width inside FeedForward; 0: 4 dim
    FeedForwardOptions feed = {};
    MultiHeadOptions attend = {};
};

// As TransformerEncoderLayer with .norm_first, with adaptive norms and gates.
struct HEED_ABI AdaptiveEncoderLayer {
    MultiHeadAttention attend;
    FeedForward feed;
    AdaptiveNorm norm1, norm2;
    AdaptiveEncoderLayer(Params p, Dim dim, Dim heads, Dim condition, const AdaptiveOptions& options = {},
                         Site at = Site::current());
    Var operator()(In x, In condition, const Mask& mask = {}) const;  // (b, t, dim), (b, width) -> (b, t, dim)
};

// Layers one after the other, and an adaptive norm. At first it is a layer norm alone.
struct HEED_ABI AdaptiveEncoder {
    std::vector<AdaptiveEncoderLayer> layers;
    AdaptiveNorm norm;
    // Throws RangeError for less than one layer.
    AdaptiveEncoder(Params p, Dim layers, Dim dim, Dim heads, Dim condition, const AdaptiveOptions& options = {},
                    Site at = Site::current());
    Var operator()(In x, In condition, const Mask& mask = {}) const;
};

}  // namespace heed::nn
