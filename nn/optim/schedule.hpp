#pragma once
// Learning rates over the steps of a run; steps count from 1. Each is a plain value: schedule(step) is the rate of that
// step, and a resumed run needs nothing but the step (ReduceOnPlateau: and the metrics before it). A total that is not
// given (0) is filled in by training::fit() with the run's steps. With values that make no sense, a negative or
// infinite one or a NaN, it throws RangeError.
#include <span>
#include <heed/core/base/error.hpp>
#include <heed/core/real.hpp>

namespace heed::nn {

// Up in a line over `warmup` steps, then `peak`.
struct HEED_ABI ConstantRate {
    double peak = 1e-3;
    Dim warmup = 0;
    double operator()(Dim step, Site at = Site::current()) const;
};

// `peak`, times `factor` after every `every` steps (PyTorch's StepLR).
struct HEED_ABI StepDecay {
    double peak = 1e-3;
    Dim every = 1000;
    double factor = 0.1;
    double operator()(Dim step, Site at = Site::current()) const;
};

// Up in a line over `warmup` steps, then times `factor` after every step (PyTorch's ExponentialLR).
struct HEED_ABI ExponentialDecay {
    double peak = 1e-3;
    Dim warmup = 0;
    double factor = 0.999;
    double operator()(Dim step, Site at = Site::current()) const;
};

// Up in a line over `warmup` steps, then down as the `power` of what is left of the run, to `floor` times the peak at
// step `total`; a line if it is 1 (PyTorch's PolynomialLR).
struct HEED_ABI PolynomialDecay {
    double peak = 1e-3;
    Dim warmup = 0;
    Dim total = 0;
    double power = 1;
    double floor = 0;
    double operator()(Dim step, Site at = Site::current()) const;
};

// Up in a line over `warmup` steps, then `peak`, and over the last `falling` of the run down in a line to `floor` times
// the peak at step `total` (Zhai et al., "Scaling Vision Transformers", 2022; Haegele et al., "Scaling Laws and
// Compute-Optimal Training Beyond Fixed Training Durations", 2024). A run that goes on longer has lost no more than the
// steps of its fall.
struct HEED_ABI Trapezoid {
    double peak = 1e-3;
    Dim warmup = 0;
    Dim total = 0;
    double falling = 0.2;
    double floor = 0;
    double operator()(Dim step, Site at = Site::current()) const;
};

// From `peak` down half a cosine towards `floor` times the peak in `period` steps, and again from the peak, each time
// in `longer` times as many (Loshchilov and Hutter, 2017, in the form of PyTorch's CosineAnnealingWarmRestarts).
struct HEED_ABI WarmRestarts {
    double peak = 1e-3;
    Dim period = 1000;
    Dim longer = 1;
    double floor = 0;
    double operator()(Dim step, Site at = Site::current()) const;
};

// Up in a line over `warmup` steps, then `peak`, which is multiplied by `factor`, down to `floor` times the peak,
// whenever more than `patience` evaluations in a row were not better than the best one: not lower by `threshold` times
// its size. After each such cut, `cooldown` evaluations are not counted (PyTorch's ReduceLROnPlateau). `metrics` are
// those of all evaluations before this step, where less is better: training::fit() keeps them, and passes the first
// metric of each, negated where higher is better.
struct HEED_ABI ReduceOnPlateau {
    double peak = 1e-3;
    Dim warmup = 0;
    double factor = 0.1;
    Dim patience = 10;
    double threshold = 1e-4;
    Dim cooldown = 0;
    double floor = 0;
    double operator()(Dim step, std::span<const double> metrics, Site at = Site::current()) const;
};

// Up in a line over `warmup` steps (0: a plain cosine), then down half a cosine to `floor` times the peak at step
// `total` (Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017, equation 5).
struct HEED_ABI WarmupCosine {
    double peak = 1e-3;
    Dim warmup = 0;
    Dim total = 0;
    double floor = 0;
    double operator()(Dim step, Site at = Site::current()) const;
};

// Up in a line over `warmup` steps, then peak sqrt(warmup / step): it needs no end (Vaswani et al., "Attention Is All
// You Need", 2017, equation 3, whose peak is (width warmup)^-0.5).
struct HEED_ABI InverseSquareRoot {
    double peak = 1e-3;
    Dim warmup = 1;
    double operator()(Dim step, Site at = Site::current()) const;
};

// From peak / `start` up to `peak` over the first `rising` of the run, then down to peak / (start `end`) at step
// `total`, each along half a cosine (Smith and Topin, "Super-Convergence", 2018, in the form of PyTorch's OneCycleLR,
// whose defaults these are).
struct HEED_ABI OneCycle {
    double peak = 1e-3;
    Dim total = 0;
    double rising = 0.3;
    double start = 25;
    double end = 1e4;
    double operator()(Dim step, Site at = Site::current()) const;
};

}  // namespace heed::nn
