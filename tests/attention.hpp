#pragma once
// For the tests of attention: both paths, and the definition as plain loops. Static, because both twins include it.
#include <functional>
#include <heed/ops/attention/attention.hpp>
#include <heed/ops/ops.hpp>
#include <heed/tests/layers.hpp>
#include <heed/tests/tools.hpp>

namespace heed {

static const std::vector<Policy> both_paths{Policy::require_composed, Policy::require_fused};
static inline const char* name_of(Policy path) { return path == Policy::require_fused ? "fused" : "composed"; }

// A result, and the gradients of its sum weighted by noise.
struct Outcome {
    Array out;
    std::vector<Array> gradients;
};
static inline Outcome outcome(const std::vector<Var>& leaves, const std::function<Var()>& call,
                              std::optional<Array> dy = {}) {
    Tape tape(Key{3, 4});
    const Var y = call();
    Outcome o{y.value(), {}};
    o.gradients = gradient(y, leaves, dy ? *dy : noise(y.shape(), 99));
    return o;
}

// The largest difference, relative to the largest value of b (but at least to `size`); infinite if only one side is
// NaN.
static inline double distance(const Array& a, const Array& b, double size = 1) {
    double most = a.shape() == b.shape() ? 0 : HUGE_VAL;
    for (Dim n = 0; n < count(b); ++n) size = std::max(size, std::abs(static_cast<double>(b.storage().data()[n])));
    for (Dim n = 0; n < std::min(count(a), count(b)); ++n) {
        const double x = a.storage().data()[n], y = b.storage().data()[n];
        if (std::isfinite(x) && std::isfinite(y))
            most = std::max(most, std::abs(x - y) / (std::isfinite(size) ? size : 1));
        else if (std::isnan(x) ? !std::isnan(y) : x != y) most = HUGE_VAL;
    }
    return most;
}
static inline double distance(const Outcome& a, const Outcome& b) {
    double most = distance(a.out, b.out);
    for (std::size_t n = 0; n < a.gradients.size(); ++n)
        most = std::max(most, distance(a.gradients[n], b.gradients[n]));
    return most;
}

struct Loops {
    std::function<double(Dim b, Dim h, Dim i, Dim j)> score;  // finished, with its bias
    std::function<bool(Dim b, Dim h, Dim i, Dim j)> allowed = [](Dim, Dim, Dim, Dim) { return true; };
    std::function<double(Dim h)> sink = nullptr;

    // (b, heads, tq, v) of v (b, groups, tk, v)
    Array operator()(Dim heads, Dim tq, const Array& v) const {
        const Dim batch = v.shape()[0], groups = v.shape()[1], tk = v.shape()[2], width = v.shape()[3];
        Array y = filled({batch, heads, tq, width}, 0);
        for (Dim b = 0; b < batch; ++b)
            for (Dim h = 0; h < heads; ++h)
                for (Dim i = 0; i < tq; ++i)
                    row(b, h, i, v.storage().data() + (b * groups + h / (heads / groups)) * tk * width, tk, width,
                        y.data() + ((b * heads + h) * tq + i) * width);
        return y;
    }

private:
    void row(Dim b, Dim h, Dim i, const Real* v, Dim tk, Dim width, Real* y) const {
        double total = sink ? std::exp(sink(h)) : 0;
        std::vector<double> weights(static_cast<std::size_t>(tk), 0);
        for (Dim j = 0; j < tk; ++j)
            if (allowed(b, h, i, j)) total += weights[static_cast<std::size_t>(j)] = std::exp(score(b, h, i, j));
        for (Dim d = 0; d < width; ++d) {
            double sum = 0;
            for (Dim j = 0; j < tk; ++j)
                if (const double w = weights[static_cast<std::size_t>(j)]; w > 0) sum += w / total * v[j * width + d];
            y[d] = static_cast<Real>(sum);
        }
    }
};

// Vectors of (b, h, t, d), for loops.
static inline const Real* vector_at(const Var& x, Dim b, Dim h, Dim t) {
    return x.value().storage().data() + ((b * x.dim(1) + h) * x.dim(2) + t) * x.dim(3);
}
static inline double dot(const Var& q, const Var& k, Dim b, Dim h, Dim i, Dim j) {  // heads of k are shared
    const Real *x = vector_at(q, b, h, i), *y = vector_at(k, b, h / (q.dim(1) / k.dim(1)), j);
    double sum = 0;
    for (Dim d = 0; d < q.dim(3); ++d) sum += static_cast<double>(x[d]) * y[d];
    return sum;
}

}  // namespace heed
