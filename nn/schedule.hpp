#pragma once
// Learning rates over the steps of a run; steps count from 1. Each is a plain value: schedule(step) is the rate of that step, and a
// resumed run needs nothing but the step.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <heed/core/real.hpp>

namespace heed::nn {
namespace detail {

inline double share(Dim part, Dim whole) { return static_cast<double>(part) / static_cast<double>(std::max<Dim>(whole, 1)); }

// From `from` to `to` along half a cosine, while `done` goes from 0 to 1.
inline double along_cosine(double from, double to, double done) { return to + (from - to) * 0.5 * (1 + std::cos(std::numbers::pi * done)); }

}  // namespace detail

// Up in a line over `warmup` steps, then `peak`.
struct ConstantRate {
    double peak = 1e-3;
    Dim warmup = 0;
    double operator()(Dim step) const { return peak * std::min(1.0, detail::share(step, warmup)); }
};

// `peak`, times `factor` after every `every` steps (PyTorch's StepLR).
struct StepDecay {
    double peak = 1e-3;
    Dim every = 1000;
    double factor = 0.1;
    double operator()(Dim step) const { return peak * std::pow(factor, static_cast<double>((step - 1) / std::max<Dim>(every, 1))); }
};

// Up in a line over `warmup` steps (0: a plain cosine), then down half a cosine to `floor` times the peak at step `total` (Loshchilov and
// Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017, equation 5).
struct WarmupCosine {
    double peak = 1e-3;
    Dim warmup = 0;
    Dim total = 1;
    double floor = 0;
    double operator()(Dim step) const {
        if (step <= warmup) return peak * detail::share(step, warmup);
        return detail::along_cosine(peak, peak * floor, std::min(1.0, detail::share(step - warmup, total - warmup)));
    }
};

// Up in a line over `warmup` steps, then peak sqrt(warmup / step): it needs no end (Vaswani et al., "Attention Is All You Need", 2017,
// equation 3, whose peak is (width warmup)^-0.5).
struct InverseSquareRoot {
    double peak = 1e-3;
    Dim warmup = 1;
    double operator()(Dim step) const {
        const double up = detail::share(step, warmup);
        return peak * std::min(up, 1 / std::sqrt(std::max(up, 1e-300)));
    }
};

// From peak / `start` up to `peak` over the first `rising` of the run, then down to peak / (start `end`) at step `total`, each along half a
// cosine (Smith and Topin, "Super-Convergence", 2018, in the form of PyTorch's OneCycleLR, whose defaults these are).
struct OneCycle {
    double peak = 1e-3;
    Dim total = 1;
    double rising = 0.3;
    double start = 25;
    double end = 1e4;
    double operator()(Dim step) const {
        const double at = static_cast<double>(std::min(step, total) - 1), last = static_cast<double>(total - 1);
        const double top = std::max(rising * static_cast<double>(total) - 1, 0.0);
        if (at <= top) return detail::along_cosine(peak / start, peak, top > 0 ? at / top : 1);
        return detail::along_cosine(peak, peak / start / end, (at - top) / (last - top));
    }
};

}  // namespace heed::nn
