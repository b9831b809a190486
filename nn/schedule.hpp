#pragma once
// Learning rates over the steps of a run; steps count from 1.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <heed/core/real.hpp>

namespace heed::nn {

// Up in a line over `warmup` steps, then down half a cosine to `floor` times the peak at step `total` (Loshchilov and Hutter, 2017).
struct WarmupCosine {
    double peak = 1e-3;
    Dim warmup = 0;
    Dim total = 1;
    double floor = 0;
    double operator()(Dim step) const {
        if (step <= warmup) return peak * static_cast<double>(step) / static_cast<double>(std::max<Dim>(warmup, 1));
        const double done = std::min(1.0, static_cast<double>(step - warmup) / static_cast<double>(std::max<Dim>(total - warmup, 1)));
        return peak * (floor + (1 - floor) * 0.5 * (1 + std::cos(std::numbers::pi * done)));
    }
};

}  // namespace heed::nn
