#pragma once
// Batch normalisation, channels last.
#include <heed/nn/params/params.hpp>
#include <heed/ops/ops.hpp>

namespace heed::nn {

struct BatchNormOptions {
    double momentum = 0.1;  // of a new batch in the running averages, as in PyTorch
    double epsilon = 1e-5;
};

// Ioffe and Szegedy, 2015, over (b, c), (b, t, c) or (b, h, w, c). While a training tape records, each channel is
// normalised by its mean and variance over the batch's positions, and the running averages of both move towards them:
// once for each use of the layer, not when checkpoint() runs it again. Elsewhere, so in any evaluation, by the running
// averages. These are kept with the parameters, as buffers: saved, cloned and averaged, and never learnt.
struct HEED_ABI BatchNorm {
    Var gain, bias;
    Var running_mean, running_var;  // (c); the variance divides by the number of positions less one
    double momentum, epsilon;
    // Throws RangeError for a momentum outside 0 .. 1.
    BatchNorm(Params p, Dim channels, const BatchNormOptions& options = {}, Site at = Site::current());
    Var operator()(In x) const;

private:
    void update(const BatchMoments& moments, Dim positions) const;
};

}  // namespace heed::nn
