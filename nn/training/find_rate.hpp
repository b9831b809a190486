#pragma once
// A learning-rate range test (Smith, "Cyclical Learning Rates for Training Neural Networks", 2017, section 3.3): the
// rate rises from step to step, and the loss shows where learning begins and where it breaks down.
#include <string>
#include <vector>
#include <heed/nn/training/step.hpp>

namespace heed::training {

struct FindRateOptions {
    double least = 1e-6,
           most = 1;  // of the first and the last step; each step's rate is the same multiple of the one before
    Dim steps = 100;
    double worse = 4;  // ends where the mean of the last five losses is this times the least such mean
};

struct HEED_ABI FoundRate {
    struct Point {
        double rate, loss;
    };
    std::vector<Point> curve;  // of each step
    double rate = 0;           // where the loss falls fastest per factor of the rate; 0 if it falls nowhere
};

// Trains until the rates are through, or the loss breaks down or is not finite. The model and the optimiser are useless
// afterwards: this is for a program that then ends. Throws RangeError for options that make no sense.
HEED_ABI FoundRate find_rate(const nn::Params& params, nn::Optimizer& optimizer, const Stepper::LossOf& loss,
                             const StepOptions& step, const FindRateOptions& options = {}, Dim shards = 1);

// Where the mean of the five losses after a step lies lowest below that of the five before it; 0 where it never lies
// below. A mean of earlier losses alone would find that step too late.
double steepest(const std::vector<FoundRate::Point>& curve);

std::string to_text(const FoundRate& found);  // the curve, drawn small, and the rate

}  // namespace heed::training
