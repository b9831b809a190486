// Convolution layers.
#include <fmt/format.h>
#include <heed/nn/layers/conv.hpp>

namespace heed::nn {
namespace {

// The input channels of one output channel; of a transposed convolution, the output channels of one input channel.
Dim width_of_group(const char* layer, Dim in, Dim out, Dim groups, Site at, bool transposed = false) {
    require(
        groups >= 1 && in % groups == 0 && out % groups == 0, layer,
        [&] { return fmt::format("groups is {}; expected a divisor of in {} and out {}", groups, in, out); }, at);
    return (transposed ? out : in) / groups;
}

}  // namespace

Conv1d::Conv1d(Params p, Dim in, Dim out, Dim width, const Conv1dOptions& o, Site at) : options(o) {
    const Dim seen = width_of_group("Conv1d", in, out, o.groups, at);
    const Dim fan = saturated_product(width, seen);
    weight = p.make("weight", {width, seen, out}, init::fan_in_uniform(fan), {.axes = {2, 1, 0}});
    bias = p.make("bias", {out}, init::fan_in_uniform(fan));
}

Var Conv1d::operator()(In x) const {
    const LayerScope scope(weight, x.at);
    return conv1d(x, weight, bias, options);
}

Conv2d::Conv2d(Params p, Dim in, Dim out, Pair size, const Conv2dOptions& o, Site at) : options(o) {
    const Dim seen = width_of_group("Conv2d", in, out, o.groups, at),
              fan = saturated_product(saturated_product(size.first, size.second), seen);
    weight = p.make("weight", {size.first, size.second, seen, out}, init::fan_in_uniform(fan), {.axes = {2, 3, 1, 0}});
    bias = p.make("bias", {out}, init::fan_in_uniform(fan));
}

Var Conv2d::operator()(In x) const {
    const LayerScope scope(weight, x.at);
    return conv2d(x, weight, bias, options);
}

ConvTranspose1d::ConvTranspose1d(Params p, Dim in, Dim out, Dim width, const ConvTranspose1dOptions& o, Site at)
    : options(o) {
    const Dim made = width_of_group("ConvTranspose1d", in, out, o.groups, at, true);
    const Dim fan = saturated_product(width, made);
    weight = p.make("weight", {width, made, in}, init::fan_in_uniform(fan), {.axes = {2, 1, 0}});
    bias = p.make("bias", {out}, init::fan_in_uniform(fan));
}

Var ConvTranspose1d::operator()(In x) const {
    const LayerScope scope(weight, x.at);
    return conv_transpose1d(x, weight, bias, options);
}

ConvTranspose2d::ConvTranspose2d(Params p, Dim in, Dim out, Pair size, const ConvTranspose2dOptions& o, Site at)
    : options(o) {
    const Dim made = width_of_group("ConvTranspose2d", in, out, o.groups, at, true),
              fan = saturated_product(saturated_product(size.first, size.second), made);
    weight = p.make("weight", {size.first, size.second, made, in}, init::fan_in_uniform(fan), {.axes = {2, 3, 1, 0}});
    bias = p.make("bias", {out}, init::fan_in_uniform(fan));
}

Var ConvTranspose2d::operator()(In x) const {
    const LayerScope scope(weight, x.at);
    return conv_transpose2d(x, weight, bias, options);
}

}  // namespace heed::nn
