#pragma once
// The layers, time and memory of a training step, measured by running one; nothing is saved.
#include <string>
#include <vector>
#include <heed/core/base/shape.hpp>
#include <heed/nn/optim/ema.hpp>
#include <heed/nn/training/step.hpp>

namespace heed::training {

struct HEED_ABI DryRun {
    struct Layer {
        std::string name;       // the parameters' path; empty: what runs in no layer
        Dim ops = 0;            // that run in it and in no layer inside it
        Shape result = {};      // of the last one
        std::size_t bytes = 0;  // of all their results; some are freed before the next is made
    };
    std::vector<Layer> layers;  // of the first shard, in the order in which they come to run
    StepReport step;            // of the second step, which finds the optimiser's memory made
    double seconds = 0;         // that it took
    std::size_t parameters = 0, gradients = 0, moments = 0, averages = 0;  // bytes
    std::size_t most =
        0;  // bytes that all arrays and recordings held at most in that step; 0 if nobody counts (sanitizers)
};

// Trains two steps, which changes the model and the optimiser: this is for a program that then ends. Throws
// NumberError.
HEED_ABI DryRun dry_run(const nn::Params& params, nn::Optimizer& optimizer, const Stepper::LossOf& loss,
                        const StepOptions& options, const nn::Ema* ema = nullptr, Dim shards = 1);

std::string to_text(const DryRun& dry);  // a table of the layers, then the step and its memory

}  // namespace heed::training
