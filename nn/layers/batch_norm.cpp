// Batch normalisation.
#include <fmt/format.h>
#include <heed/nn/layers/batch_norm.hpp>
#include <heed/ops/define/gradient_checkpointing.hpp>

namespace heed::nn {

BatchNorm::BatchNorm(Params p, Dim channels, const BatchNormOptions& o, Site at)
    : gain(p.make("gain", {channels}, init::constant(1), {.name = "weight"})),
      bias(p.make("bias", {channels}, init::constant(0))),
      running_mean(p.make_buffer("running_mean", {channels}, init::constant(0))),
      running_var(p.make_buffer("running_var", {channels}, init::constant(1))), momentum(o.momentum),
      epsilon(o.epsilon) {
    require(
        momentum >= 0 && momentum <= 1, "BatchNorm",
        [&] { return fmt::format("momentum is {}; expected a part of the average, 0 to 1", momentum); }, at);
}

Var BatchNorm::operator()(In x) const {
    const LayerScope scope(gain, x.at);
    const Dim channels = gain.dim(0);
    expect(
        x.rank() >= 2 && x.dim(-1) == channels, "BatchNorm", "x", x.shape(),
        [&] { return fmt::format("(b, ..., {})", channels); }, x.at);
    const bool training = Tape::current() && dropout_is_on();
    if (!training) return (x - running_mean) * (gain * rsqrt(running_var + epsilon)) + bias;
    BatchMoments moments;
    Var y = batch_norm(x, gain, bias, epsilon, &moments);
    if (const Dim positions = x.size() / channels; positions > 0 && !running_again()) update(moments, positions);
    return y;
}

void BatchNorm::update(const BatchMoments& moments, Dim positions) const {
    const auto n = static_cast<double>(positions);
    const auto move = [&](const Var& average, const Array& now, double factor) {
        Real* const to = average.mutable_value("BatchNorm").data();
        const Real* const from = now.storage().data();
        for (Dim c = 0; c < average.size(); ++c)
            to[c] += static_cast<Real>(momentum * (factor * double{from[c]} - double{to[c]}));
    };
    move(running_mean, moments.mean, 1);
    move(running_var, moments.variance, n / (n - 1));
}

}  // namespace heed::nn
