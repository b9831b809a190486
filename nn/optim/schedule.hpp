#pragma once
// Learning rates over the steps of a run; steps count from 1. Each is a plain value: schedule(step) is the rate of that
// step, and a resumed run needs nothing but the step. A total that is not given (0) is filled in by training::fit()
// with the run's steps. With values that make no sense, a negative or infinite one or a NaN, it throws RangeError.
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
