// RMSprop.
#include <algorithm>
#include <cmath>
#include <heed/core/base/parallel.hpp>
#include <heed/nn/optim/checks.hpp>
#include <heed/nn/optim/rmsprop.hpp>

namespace heed::nn {

RMSprop::RMSprop(const Params& params, const RMSpropOptions& o, Site at)
    : ElementwiseOptimizer("RMSprop", params, shared(o), at), options_(o) {
    require_share("alpha", o.alpha, at);
    require_rate("epsilon", o.epsilon, at);
    require_share("momentum", o.momentum, at);
}

std::vector<std::string> RMSprop::roles(std::size_t) const {
    std::vector<std::string> roles{"square"};
    if (options_.centered) roles.emplace_back("mean");
    if (options_.momentum > 0) roles.emplace_back("velocity");
    return roles;
}

void RMSprop::update_stretch(std::size_t i, Dim begin, Dim end) {
    const Array gradient = this->gradient(i);
    const Real* g = gradient.storage().data() + begin;
    Real *const x = value(i).data() + begin, *const square = state(i, "square").data(),
                *const mean = options_.centered ? state(i, "mean").data() : nullptr,
                *const velocity = options_.momentum > 0 ? state(i, "velocity").data() : nullptr;
    // Nothing is multiplied by alpha: a float near 1 has few digits of its distance from 1.
    const auto lr = static_cast<Real>(lr_of(i)), decay = static_cast<Real>(decay_of(i)),
               rest = static_cast<Real>(1 - options_.alpha), momentum = static_cast<Real>(options_.momentum),
               epsilon = static_cast<Real>(options_.epsilon);
    parallel_blocks(end - begin, 16384, [&](Dim from, Dim to) {
        for (Dim j = from; j < to; ++j) {
            const Real d = g[j] + decay * x[j];
            square[j] = (square[j] - rest * square[j]) + rest * d * d;
            Real spread = square[j];
            if (mean) {
                mean[j] = (mean[j] - rest * mean[j]) + rest * d;
                spread = std::max(spread - mean[j] * mean[j], Real(0));  // rounding may take it below
            }
            Real step = d / (std::sqrt(spread) + epsilon);
            if (velocity) step = velocity[j] = momentum * velocity[j] + step;
            x[j] -= lr * step;
        }
    });
}

}  // namespace heed::nn
