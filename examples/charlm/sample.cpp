// Sampling with temperature, top-k and top-p.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/examples/charlm/sample.hpp>

namespace heed::charlm {

Dim sample(std::span<const Real> logits, const SampleOptions& o, double uniform) {
    require(!logits.empty(), "sample", "no logits; expected at least one", Site::current());
    require(
        o.temperature >= 0 && o.top_k >= 0 && 0 < o.top_p && o.top_p <= 1, "sample",
        [&] {
            return fmt::format("temperature {}, top_k {}, top_p {}; expected at least 0, at least 0, and above 0 to 1",
                               o.temperature, o.top_k, o.top_p);
        },
        Site::current());
    std::vector<std::size_t> order(logits.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return logits[a] > logits[b]; });
    if (o.temperature == 0) return static_cast<Dim>(order.front());
    if (o.top_k > 0) order.resize(std::min(order.size(), static_cast<std::size_t>(o.top_k)));
    std::vector<double> weight;
    for (const std::size_t i : order)
        weight.push_back(std::exp(static_cast<double>(logits[i] - logits[order.front()]) / o.temperature));
    const double all = std::accumulate(weight.begin(), weight.end(), 0.0);
    std::size_t kept = 0;
    double sum = 0;
    while (kept < weight.size() && sum < o.top_p * all) sum += weight[kept++];
    double left = uniform * sum;
    for (std::size_t i = 0; i + 1 < kept; ++i) {
        if (left < weight[i]) return static_cast<Dim>(order[i]);
        left -= weight[i];
    }
    return static_cast<Dim>(order[kept - 1]);
}

}  // namespace heed::charlm
