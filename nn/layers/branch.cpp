// Layer scale and stochastic depth.
#include <cmath>
#include <fmt/format.h>
#include <heed/nn/layers/branch.hpp>

namespace heed::nn {

LayerScale::LayerScale(Params p, Dim width, double start, Site at) {
    const Scope scope(p.path());
    require(
        std::isfinite(start), "LayerScale",
        [&] { return fmt::format("starts at {}; expected a finite number", start); }, at);
    gain = p.make("gain", {width}, init::constant(start));
}

StochasticDepth::StochasticDepth(const Params& store, double rate, Site at) : path(store.path()), p(rate) {
    const Scope scope(path);
    require(
        p >= 0 && p <= 1, "StochasticDepth",
        [&] { return fmt::format("p is {}; expected a probability, 0 <= p <= 1", p); }, at);
}

Var StochasticDepth::operator()(In x) const {
    const Scope scope(path, x.at);
    expect(x.rank() >= 1, "StochasticDepth", "x", x.shape(), "(b, ...)", x.at);
    if (p == 0 || !dropout_is_on()) return x.var();
    Shape each = x.shape();
    std::fill(each.begin() + 1, each.end(), 1);
    const Var kept = dropout(ones(each, x.at), p);  // 0 or 1 / (1 - p)
    return where(kept, x, 0) * kept;                // what is left out has no effect, not even as NaN
}

}  // namespace heed::nn
