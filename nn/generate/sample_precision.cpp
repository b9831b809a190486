// Precision and recall of samples, by all pairs of points.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/nn/generate/sample_precision.hpp>

namespace heed::nn {
namespace {

constexpr const char* name = "sample_precision";

// Squared, since only comparisons are made.
double distance(const Array& a, Dim i, const Array& b, Dim j) {
    const Dim width = a.shape()[1];
    const Real *x = a.data() + i * width, *y = b.data() + j * width;
    double sum = 0;
    for (Dim k = 0; k < width; ++k) {
        const double difference = static_cast<double>(x[k]) - static_cast<double>(y[k]);
        sum += difference * difference;
    }
    return sum;
}

// Of each point the distance to its k-th nearest among the others.
std::vector<double> radii(const Array& points, Dim k) {
    const Dim n = points.shape()[0];
    std::vector<double> found(static_cast<std::size_t>(n));
    parallel_blocks(n, 16, [&](Dim begin, Dim end) {
        std::vector<double> others;
        for (Dim i = begin; i < end; ++i) {
            others.clear();
            for (Dim j = 0; j < n; ++j)
                if (j != i) others.push_back(distance(points, i, points, j));
            std::ranges::nth_element(others, others.begin() + k - 1);
            found[static_cast<std::size_t>(i)] = others[static_cast<std::size_t>(k - 1)];
        }
    });
    return found;
}

double share_among(const Array& points, const Array& others, const std::vector<double>& radii_of_others) {
    Dim inside = 0;
    for (Dim i = 0; i < points.shape()[0]; ++i)
        for (Dim j = 0; j < others.shape()[0]; ++j)
            if (distance(points, i, others, j) <= radii_of_others[static_cast<std::size_t>(j)]) {
                ++inside;
                break;
            }
    return static_cast<double>(inside) / static_cast<double>(points.shape()[0]);
}

void check(const char* argument, const Array& points, Dim k, Site at) {
    const Dim n = points.shape()[0];
    require(
        k >= 1 && k < n, name,
        [&] {
            return fmt::format("k is {} for {} points of '{}'; expected 1 to {}, the others", k, n, argument, n - 1);
        },
        at);
    require(
        std::ranges::all_of(points.storage(), [](Real x) { return std::isfinite(x); }), name,
        [&] { return fmt::format("'{}' has values that are not finite", argument); }, at);
}

}  // namespace

SamplePrecision sample_precision(const Array& real, const Array& made, Dim k, Site at) {
    expect(real.dimension() == 2, name, "real", Shape(real.shape()), "(n, width)", at);
    expect(
        made.dimension() == 2 && made.shape()[1] == real.shape()[1], name, "made", Shape(made.shape()),
        [&] { return fmt::format("(m, {}) because of 'real'", real.shape()[1]); }, at);
    check("real", real, k, at);
    check("made", made, k, at);
    return {share_among(made, real, radii(real, k)), share_among(real, made, radii(made, k))};
}

}  // namespace heed::nn
