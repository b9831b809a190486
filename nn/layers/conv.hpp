#pragma once
// Layers for sequences and images, channels last. Convolutions start as PyTorch's do: U(-1/sqrt(fan), 1/sqrt(fan))
// where fan is the number of inputs of one output.
#include <heed/nn/params/params.hpp>
#include <heed/ops/ops.hpp>

namespace heed::nn {

// A convolution whose options decide which of those below it is.
template <class Options, class Size>
struct HEED_ABI Convolution {
    Var weight, bias;
    Options options;
    // Throws RangeError unless groups divides in and out.
    Convolution(Params p, Dim in, Dim out, Size size, const Options& options = {}, Site at = Site::current());
    Var operator()(In x) const;
};

// (b, t, in) -> (b, t', out) by filters of so many steps. The weight is (width, in / groups, out): PyTorch's with its
// axes reversed.
using Conv1d = Convolution<Conv1dOptions, Dim>;

// (b, h, w, in) -> (b, h', w', out). The weight is (kh, kw, in / groups, out): PyTorch's with its first two axes moved
// to the end, and swapped.
using Conv2d = Convolution<Conv2dOptions, Pair>;

// (b, t, in) -> (b, t', out), as conv_transpose1d: what nn::Conv1d from out to in channels makes of t' is t. The weight
// is (width, out / groups, in): PyTorch's with its axes reversed. fan is counted as in PyTorch: width times out /
// groups.
using ConvTranspose1d = Convolution<ConvTranspose1dOptions, Dim>;

// (b, h, w, in) -> (b, h', w', out). The weight is (kh, kw, out / groups, in): PyTorch's with its first two axes moved
// to the end, and swapped.
using ConvTranspose2d = Convolution<ConvTranspose2dOptions, Pair>;

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
