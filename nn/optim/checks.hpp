#pragma once
// Checks of the options of optimisers.
// Private to heed; not installed.
#include <cmath>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>

namespace heed::nn {

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
