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

template <class Options>
Var applied(Var (*conv)(In, In, In, const Options&), In x, const Var& weight, const Var& bias, const Options& options) {
    const LayerScope scope(weight, x.at);
    return conv(x, weight, bias, options);
}

}  // namespace

Conv1d::Conv1d(Params p, Dim in, Dim out, Dim width, const Conv1dOptions& o, Site at) : options(o) {
    std::tie(weight, bias) = filters(p, {"Conv1d"}, {width}, in, out, o.groups, at);
}
Conv2d::Conv2d(Params p, Dim in, Dim out, Pair size, const Conv2dOptions& o, Site at) : options(o) {
    std::tie(weight, bias) = filters(p, {"Conv2d"}, {size.first, size.second}, in, out, o.groups, at);
}
ConvTranspose1d::ConvTranspose1d(Params p, Dim in, Dim out, Dim width, const ConvTranspose1dOptions& o, Site at)
    : options(o) {
    std::tie(weight, bias) = filters(p, {"ConvTranspose1d", true}, {width}, in, out, o.groups, at);
}
ConvTranspose2d::ConvTranspose2d(Params p, Dim in, Dim out, Pair size, const ConvTranspose2dOptions& o, Site at)
    : options(o) {
    std::tie(weight, bias) = filters(p, {"ConvTranspose2d", true}, {size.first, size.second}, in, out, o.groups, at);
}

Var Conv1d::operator()(In x) const { return applied(conv1d, x, weight, bias, options); }
Var Conv2d::operator()(In x) const { return applied(conv2d, x, weight, bias, options); }
Var ConvTranspose1d::operator()(In x) const { return applied(conv_transpose1d, x, weight, bias, options); }
Var ConvTranspose2d::operator()(In x) const { return applied(conv_transpose2d, x, weight, bias, options); }

}  // namespace heed::nn
