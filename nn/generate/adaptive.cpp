// Transformer layers with adaptive norms.
#include <fmt/format.h>
#include <heed/nn/generate/adaptive.hpp>

namespace heed::nn {
namespace {

using Gate = AdaptiveNorm::Gate;

std::vector<AdaptiveEncoderLayer> stack_of(const Params& p, Dim layers, Dim dim, Dim heads, Dim condition,
                                           const AdaptiveOptions& o, Site at) {
    const Scope scope(p.path());
    require(
        layers > 0, "AdaptiveEncoder", [&] { return fmt::format("{} layers; expected at least one", layers); }, at);
    std::vector<AdaptiveEncoderLayer> made;
    for (Dim i = 0; i < layers; ++i) made.emplace_back(p / "layers" / i, dim, heads, condition, o, at);
    return made;
}

}  // namespace

AdaptiveNorm::AdaptiveNorm(Params p, Dim width, Dim condition, Gate gate, double eps, Site at)
    : dim(width), epsilon(eps) {
    const Scope scope(p.path());
    require(
        dim >= 1 && condition >= 1, "AdaptiveNorm",
        [&] { return fmt::format("a width of {}, a condition of {}; expected both above zero", dim, condition); }, at);
    const Dim out = saturated_product(gate == Gate::with ? 3 : 2, dim);
    weight = p.make("weight", {condition, out}, init::constant(0));
    bias = p.make("bias", {out}, init::constant(0));
}

// Shift, gain - 1 and, if there is one, the gate of each example, (b, 1, dim).
std::vector<Var> AdaptiveNorm::steered(In x, In condition) const {
    expect(
        x.rank() == 3 && x.dim(2) == dim, "AdaptiveNorm", "x", x.shape(),
        [&] { return fmt::format("(b, t, {})", dim); }, x.at);
    expect(
        condition.shape() == Shape{x.dim(0), weight.dim(0)}, "AdaptiveNorm", "condition", condition.shape(),
        [&] { return fmt::format("({}, {})", x.dim(0), weight.dim(0)); }, condition.at);
    return split(unsqueeze(linear(condition, weight, bias), 1),
                 std::vector<Dim>(static_cast<std::size_t>(weight.dim(1) / dim), dim));
}

Var AdaptiveNorm::normed(In x, const std::vector<Var>& by) const {
    return layer_norm(x, ones({dim}), zeros({dim}), epsilon) * (1 + by[1]) + by[0];
}

Var AdaptiveNorm::operator()(In x, In condition) const {
    const LayerScope scope(weight, x.at);
    return normed(x, steered(x, condition));
}

Var AdaptiveNorm::around(In x, In condition, const std::function<Var(const Var&)>& part) const {
    std::optional<LayerScope> scope(std::in_place, weight, x.at);
    const std::vector<Var> by = steered(x, condition);
    require(by.size() == 3, "AdaptiveNorm", "has no gate for a part; make it with Gate::with", x.at);
    const Var inside = normed(x, by);
    scope.reset();  // the part has its own
    return x + by[2] * part(inside);
}

AdaptiveEncoderLayer::AdaptiveEncoderLayer(Params p, Dim dim, Dim heads, Dim condition, const AdaptiveOptions& o,
                                           Site at)
    : attend(p / "attend", dim, heads, o.attend, at),
      feed(p / "feed", dim, o.hidden > 0 ? o.hidden : saturated_product(4, dim), o.feed),
      norm1(p / "norm1", dim, condition, Gate::with, 1e-6, at),
      norm2(p / "norm2", dim, condition, Gate::with, 1e-6, at) {}

Var AdaptiveEncoderLayer::operator()(In x, In condition, const Mask& mask) const {
    const Var y = norm1.around(x, condition, [&](const Var& h) { return attend(h, mask); });
    return norm2.around(y, condition, [&](const Var& h) { return feed(h); });
}

AdaptiveEncoder::AdaptiveEncoder(Params p, Dim layers_, Dim dim, Dim heads, Dim condition, const AdaptiveOptions& o,
                                 Site at)
    : layers(stack_of(p, layers_, dim, heads, condition, o, at)),
      norm(p / "norm", dim, condition, Gate::none, 1e-6, at) {}

Var AdaptiveEncoder::operator()(In x, In condition, const Mask& mask) const {
    Var y = x.var();
    for (const AdaptiveEncoderLayer& layer : layers) y = layer(y, condition, mask);
    return norm(y, condition);
}

}  // namespace heed::nn
