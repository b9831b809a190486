#pragma once
// Options of optimisers: those that all share, and checks.
// Private to heed; not installed.
#include <cmath>
#include <fmt/format.h>
#include <heed/nn/optim/optimizer.hpp>

namespace heed::nn {

// What every optimiser is given, out of a rule's own options.
template <class Options>
OptimizerOptions shared(const Options& o, bool lazy = false) {
    return {.lr = o.lr, .decay = o.decay, .decay_vectors = o.decay_vectors, .groups = o.groups, .lazy = lazy};
}

inline void require_rate(bool ok, const char* what, double value, const char* wanted, Site at) {
    require(
        ok, "optimizer", [&] { return fmt::format("{} is {}; expected {}", what, value, wanted); }, at);
}
inline void require_rate(const char* what, double value, Site at) {
    require_rate(value >= 0 && std::isfinite(value), what, value, "a finite number >= 0", at);
}
inline void require_share(const char* what, double value, Site at) {
    require_rate(value >= 0 && value < 1, what, value, "0 or more, and below 1", at);
}

}  // namespace heed::nn
