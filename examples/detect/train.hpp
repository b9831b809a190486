#pragma once
// Training a model, and measuring it.
#include <heed/examples/detect/options.hpp>
#include <heed/nn/data/batch_sampler.hpp>
#include <heed/nn/data/image/box_files.hpp>

namespace heed::detect {

struct HEED_ABI Batch {
    Array images;  // (b, height, width, channels)
    std::vector<std::vector<image::LabelledBox>> boxes;
};

// The batches of a run: number n is a function of n and the configuration alone. Both must outlive it.
class HEED_ABI Batches {
public:
    Batches(const image::BoxedImages& data, const Options& config);
    Batch at(Dim n) const;
    Dim per_epoch() const { return order_.per_epoch(); }

private:
    const image::BoxedImages& data_;
    const Options& config_;
    data::BatchSampler order_;
};

// COCO's average precision on these images.
image::CocoPrecision precision(const Model& model, const image::BoxedImages& data);

// Trains by fit() of <heed/nn/training/fit.hpp>, and writes result.json. Returns the program's exit code.
int train(Options config, const program::Launch& launch);

}  // namespace heed::detect
