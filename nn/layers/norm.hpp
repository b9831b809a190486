#pragma once
// LayerNorm or RMSNorm, as an option says: for layers that leave the choice to their user.
#include <heed/nn/layers/layers.hpp>

namespace heed::nn {

enum class NormKind { layer, rms };

struct NormOptions {
    NormKind kind = NormKind::layer;
    bool bias = true;       // of LayerNorm; RMSNorm has none
    double epsilon = 1e-5;  // of either
};

// Over the last axis. Its parameters have the names of LayerNorm's and RMSNorm's.
struct HEED_ABI Norm {
    Var gain, bias;  // bias is empty without one
    double epsilon;
    NormKind kind;
    Norm(Params p, Dim width, const NormOptions& o = {})
        : gain(p.make("gain", {width}, init::constant(1), {.name = "weight"})), epsilon(o.epsilon), kind(o.kind) {
        if (kind == NormKind::layer && o.bias) bias = p.make("bias", {width}, init::constant(0));
    }
    Var operator()(In x) const {
        const LayerScope scope(gain, x.at);
        if (kind == NormKind::rms) return rms_norm(x, gain, epsilon);
        return layer_norm(x, gain, bias.defined() ? bias : zeros(gain.shape()), epsilon);
    }
};

}  // namespace heed::nn
