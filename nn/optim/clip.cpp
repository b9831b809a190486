// Gradient clipping by norm.
#include <cmath>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/optim/clip.hpp>
#include <heed/nn/optim/sum_of_squares.hpp>

namespace heed::nn {

double clip_gradients(const Params& params, double most, Site at) {
    require(
        most >= 0, "clip_gradients", [&] { return fmt::format("most is {}; expected a norm, 0 or more", most); }, at);
    const std::vector<Var> parameters = params.list();
    std::vector<Array> gradients;
    for (const Var& p : parameters)
        if (p.has_grad()) gradients.push_back(p.grad());
    const double norm = std::sqrt(sum_of_squares(gradients));
    gradients.clear();  // they are written to below
    if (!(norm > most) || !std::isfinite(norm)) return norm;
    const auto scale = static_cast<Real>(most / norm);
    for (const Var& p : parameters) {
        if (!p.has_grad()) continue;
        Storage<Real> g = p.node().grad.take();
        for (Real& v : g) v *= scale;
        p.node().grad.add(std::move(g));
    }
    return norm;
}

}  // namespace heed::nn
