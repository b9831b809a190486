#pragma once
// What the branch of a residual connection passes before it is added: dropout, layer scale, stochastic depth.
#include <heed/nn/layers/layers.hpp>

namespace heed::nn {

// Touvron et al., 2021: a gain for each channel, small at first, so that a deep stack begins near the identity.
struct HEED_ABI LayerScale {
    Var gain;
    // Throws RangeError unless `start` is finite.
    LayerScale(Params p, Dim width, double start, Site at = Site::current());
    Var operator()(In x) const {
        const LayerScope scope(gain, x.at);
        return x * gain;
    }
};

// Huang et al., 2016: while a training tape records, each example of x (b, ...) becomes zeros with probability p, and
// the others are scaled by 1 / (1 - p).
struct HEED_ABI StochasticDepth {
    std::string path;  // names the random stream
    double p;
    // Throws RangeError unless 0 <= p <= 1.
    StochasticDepth(const Params& store, double rate, Site at = Site::current());
    Var operator()(In x) const;
};

// All three, in this order.
struct HEED_ABI Branch {
    Dropout drop;
    std::optional<LayerScale> scale;
    StochasticDepth depth;
    Var operator()(In x) const {
        const Var y = drop(x);
        return depth(scale ? (*scale)(y) : y);
    }
};

}  // namespace heed::nn
