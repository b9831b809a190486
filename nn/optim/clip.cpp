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
    std::vector<const RowSet*> rows;
    for (const Var& p : parameters) {
        if (!p.has_grad()) continue;
        gradients.push_back(p.grad());
        rows.push_back(p.touched_rows());
    }
    const double norm = std::sqrt(sum_of_squares(gradients, rows));
    gradients.clear();  // they are written to below
    if (!(norm > most) || !std::isfinite(norm)) return norm;
    const auto scale = static_cast<Real>(most / norm);
    for (const Var& p : parameters) {
        if (!p.has_grad()) continue;
        p.node().grad.change([scale](Real* g, Dim begin, Dim end) {
            for (Dim i = begin; i < end; ++i) g[i] *= scale;
        });
    }
    return norm;
}

}  // namespace heed::nn
