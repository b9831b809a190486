#pragma once
// Training a model, and evaluating it.
#include <filesystem>
#include <heed/examples/patches/options.hpp>
#include <heed/nn/data/batch_sampler.hpp>

namespace heed::patches {

struct HEED_ABI Batch {
    Array images;  // (b, height, width, channels)
    Ints labels;   // (b)
};

// The batches of a run: number n is a function of n and the configuration alone. Both must outlive it.
class HEED_ABI Batches {
public:
    Batches(const image::LabelledImages& images, const Options& config);
    Batch at(Dim n) const;
    Dim per_epoch() const { return order_.per_epoch(); }

private:
    const image::LabelledImages& images_;
    const Options& config_;
    data::BatchSampler order_;
};

// The confusion matrix: how often class i was predicted as j, (classes, classes).
Ints confusion(const Model& model, const image::LabelledImages& images);
double accuracy(const Ints& confusion);

// Trains by fit() of <heed/nn/training/fit.hpp>, and writes result.json. Returns the program's exit code.
int train(Options config, const program::Launch& launch);

}  // namespace heed::patches
