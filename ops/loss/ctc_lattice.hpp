#pragma once
// The states and paths of connectionist temporal classification, summed over forward and backward in logarithms.
// Private to heed; not installed.
#include <algorithm>
#include <cmath>
#include <limits>
#include <heed/core/array.hpp>
#include <heed/core/base/list.hpp>

namespace heed {

inline constexpr double never = -std::numeric_limits<double>::infinity();  // the logarithm of no probability

inline double log_sum(double a, double b) {
    const double most = a > b ? a : b;
    if (most == never) return a + b;  // -inf, or a NaN that must not get lost
    return most + std::log1p(std::exp((a > b ? b : a) - most));
}

// One example. Its states are blank, first label, blank, second label, ..., blank; a path goes to the same or the next
// state at each frame, or over a blank between two labels that differ.
struct HEED_ABI Lattice {
    Dim frames, classes, labels;
    const Real* log_probs;  // (frames, classes)
    const std::int64_t* target;
    Dim blank;

    Dim states() const { return 2 * labels + 1; }
    Dim class_of(Dim state) const { return state % 2 ? target[state / 2] : blank; }
    double log_prob(Dim frame, Dim state) const {
        return static_cast<double>(log_probs[frame * classes + class_of(state)]);
    }
    bool skips_to(Dim state) const { return state % 2 && state > 1 && target[state / 2] != target[state / 2 - 1]; }
    double end(const double* row) const { return labels ? log_sum(row[states() - 1], row[states() - 2]) : row[0]; }

    // alpha (frames, states): log of the probability of all ways to be in a state at a frame. Returns -log of all ways
    // to the end.
    double forward(double* alpha) const {
        const Dim n = states();
        if (frames == 0) return labels ? -never : 0;
        for (Dim s = 0; s < n; ++s) alpha[s] = s < 2 ? log_prob(0, s) : never;
        for (Dim t = 1; t < frames; ++t) {
            const double* before = alpha + (t - 1) * n;
            for (Dim s = 0; s < n; ++s) {
                double sum = before[s];
                if (s > 0) sum = log_sum(sum, before[s - 1]);
                if (skips_to(s)) sum = log_sum(sum, before[s - 2]);
                alpha[t * n + s] = sum + log_prob(t, s);
            }
        }
        return -end(alpha + (frames - 1) * n);
    }

    // d loss / d log_prob(t, c) = -(share of the paths that are in a state of class c at frame t), added to derivatives
    // (frames, classes).
    void backward(const double* alpha, double loss, double scale, Real* derivatives) const {
        const Dim n = states();
        List<double> beta(static_cast<std::size_t>(n), never),
            next = beta;                                         // log of all ways on from a state to the end
        List<double> shares(static_cast<std::size_t>(classes));  // of the classes: many states are blanks
        for (Dim t = frames; t-- > 0;) {
            std::fill(shares.begin(), shares.end(), 0.0);
            for (Dim s = 0; s < n; ++s) {
                const auto way = [&](Dim to) { return next[static_cast<std::size_t>(to)] + log_prob(t + 1, to); };
                double sum = s >= n - 2 ? 0 : never;
                if (t + 1 < frames) {
                    sum = way(s);
                    if (s + 1 < n) sum = log_sum(sum, way(s + 1));
                    if (s + 2 < n && skips_to(s + 2)) sum = log_sum(sum, way(s + 2));
                }
                beta[static_cast<std::size_t>(s)] = sum;
                shares[static_cast<std::size_t>(class_of(s))] += scale * std::exp(alpha[t * n + s] + sum + loss);
            }
            for (Dim c = 0; c < classes; ++c)
                derivatives[t * classes + c] -= static_cast<Real>(shares[static_cast<std::size_t>(c)]);
            std::swap(beta, next);
        }
    }
};

}  // namespace heed
