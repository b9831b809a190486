#pragma once
// Layers for sequences and images, channels last. Convolutions start as PyTorch's do: U(-1/sqrt(fan), 1/sqrt(fan))
// where fan is the number of inputs of one output.
#include <heed/nn/params/params.hpp>
#include <heed/ops/ops.hpp>

namespace heed::nn {

// (b, t, in) -> (b, t', out) by filters of `width` steps. The weight is (width, in / groups, out): PyTorch's with its
// axes reversed.
struct HEED_ABI Conv1d {
    Var weight, bias;
    Conv1dOptions options;
    // Throws RangeError unless groups divides in and out.
    Conv1d(Params p, Dim in, Dim out, Dim width, const Conv1dOptions& options = {}, Site at = Site::current());
    Var operator()(In x) const;
};

// (b, h, w, in) -> (b, h', w', out). The weight is (kh, kw, in / groups, out): PyTorch's with its first two axes moved
// to the end, and swapped.
struct HEED_ABI Conv2d {
    Var weight, bias;
    Conv2dOptions options;
    Conv2d(Params p, Dim in, Dim out, Pair size, const Conv2dOptions& options = {}, Site at = Site::current());
    Var operator()(In x) const;
};

// (b, t, in) -> (b, t', out), as conv_transpose1d: what nn::Conv1d from out to in channels makes of t' is t. The weight
// is (width, out / groups, in): PyTorch's with its axes reversed. fan is counted as in PyTorch: width times out /
// groups.
struct HEED_ABI ConvTranspose1d {
    Var weight, bias;
    ConvTranspose1dOptions options;
    ConvTranspose1d(Params p, Dim in, Dim out, Dim width, const ConvTranspose1dOptions& options = {},
                    Site at = Site::current());
    Var operator()(In x) const;
};

// (b, h, w, in) -> (b, h', w', out). The weight is (kh, kw, out / groups, in): PyTorch's with its first two axes moved
// to the end, and swapped.
struct HEED_ABI ConvTranspose2d {
    Var weight, bias;
    ConvTranspose2dOptions options;
    ConvTranspose2d(Params p, Dim in, Dim out, Pair size, const ConvTranspose2dOptions& options = {},
                    Site at = Site::current());
    Var operator()(In x) const;
};

// Over (b, ..., channels), in as many groups of channels.
struct HEED_ABI GroupNorm {
    Dim groups;
    Var gain, bias;
    double epsilon;
    GroupNorm(Params p, Dim group_count, Dim channels, double eps = 1e-5)
        : groups(group_count), gain(p.make("gain", {channels}, init::constant(1), {.name = "weight"})),
          bias(p.make("bias", {channels}, init::constant(0))), epsilon(eps) {}
    Var operator()(In x) const {
        const LayerScope scope(gain, x.at);
        return group_norm(x, groups, gain, bias, epsilon);
    }
};

}  // namespace heed::nn
