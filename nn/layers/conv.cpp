// Convolution layers.
#include <tuple>
#include <fmt/format.h>
#include <heed/nn/layers/conv.hpp>

namespace heed::nn {
namespace {

struct Kind {
    const char* layer;
    bool transposed = false;
};

// Weight and bias of filters of `size` steps along each axis.
std::tuple<Var, Var> filters(const Params& p, Kind kind, Shape size, Dim in, Dim out, Dim groups, Site at) {
    require(
        groups >= 1 && in % groups == 0 && out % groups == 0, kind.layer,
        [&] { return fmt::format("groups is {}; expected a divisor of in {} and out {}", groups, in, out); }, at);
    // The input channels of one output channel; of a transposed convolution, the output channels of one input channel.
    const Dim seen = (kind.transposed ? out : in) / groups;
    Dim fan = seen;
    Shape axes;  // in PyTorch's weight, which begins with the channels in the other order
    for (const Dim n : size) {
        fan = saturated_product(fan, n);
        axes.push_back(static_cast<Dim>(axes.size()) + 2);
    }
    axes.push_back(1), axes.push_back(0);
    size.push_back(seen), size.push_back(kind.transposed ? in : out);
    return {p.make("weight", size, init::fan_in_uniform(fan), {.axes = axes}),
            p.make("bias", {out}, init::fan_in_uniform(fan))};
}

Shape axes_of(Dim width) { return {width}; }
Shape axes_of(Pair size) { return {size.first, size.second}; }

// By the options: the layer, and its op.
Kind kind_of(const Conv1dOptions&) { return {"Conv1d"}; }
Kind kind_of(const Conv2dOptions&) { return {"Conv2d"}; }
Kind kind_of(const ConvTranspose1dOptions&) { return {"ConvTranspose1d", true}; }
Kind kind_of(const ConvTranspose2dOptions&) { return {"ConvTranspose2d", true}; }
Var convolved(In x, In weight, In bias, const Conv1dOptions& o) { return conv1d(x, weight, bias, o); }
Var convolved(In x, In weight, In bias, const Conv2dOptions& o) { return conv2d(x, weight, bias, o); }
Var convolved(In x, In weight, In bias, const ConvTranspose1dOptions& o) {
    return conv_transpose1d(x, weight, bias, o);
}
Var convolved(In x, In weight, In bias, const ConvTranspose2dOptions& o) {
    return conv_transpose2d(x, weight, bias, o);
}

}  // namespace

template <class Options, class Size>
Convolution<Options, Size>::Convolution(Params p, Dim in, Dim out, Size size, const Options& o, Site at) : options(o) {
    std::tie(weight, bias) = filters(p, kind_of(o), axes_of(size), in, out, o.groups, at);
}

template <class Options, class Size>
Var Convolution<Options, Size>::operator()(In x) const {
    const LayerScope scope(weight, x.at);
    return convolved(x, weight, bias, options);
}

template struct Convolution<Conv1dOptions, Dim>;
template struct Convolution<Conv2dOptions, Pair>;
template struct Convolution<ConvTranspose1dOptions, Dim>;
template struct Convolution<ConvTranspose2dOptions, Pair>;

}  // namespace heed::nn
