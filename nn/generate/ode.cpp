// Heun's method.
#include <cmath>
#include <fmt/format.h>
#include <heed/nn/generate/ode.hpp>
#include <heed/ops/ops.hpp>

namespace heed::nn {

Var heun(Var x, const std::function<Var(const Var& x, double t)>& velocity, const HeunOptions& o, Site at) {
    require(
        o.steps >= 1, "heun", [&] { return fmt::format("{} steps; expected at least one", o.steps); }, at);
    require(
        std::isfinite(o.from) && std::isfinite(o.to), "heun",
        [&] { return fmt::format("from time {} to {}; expected finite ones", o.from, o.to); }, at);
    const auto checked = [&](const Var& point, double t) {
        Var v = velocity(point, t);
        expect(
            v.shape() == x.shape(), "heun", "velocity", v.shape(), [&] { return to_string(x.shape()) + ", as x"; }, at);
        return v;
    };
    const auto time = [&](Dim i) {
        return o.from + (o.to - o.from) * static_cast<double>(i) / static_cast<double>(o.steps);
    };
    for (Dim i = 0; i < o.steps; ++i) {
        const double h = time(i + 1) - time(i);
        const Var v = checked(x, time(i)), there = x + h * v;
        x = o.last_by_euler && i == o.steps - 1 ? there : x + h / 2 * (v + checked(there, time(i + 1)));
    }
    return x;
}

}  // namespace heed::nn
