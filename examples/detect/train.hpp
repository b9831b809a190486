#pragma once
// Training a model, and measuring it.
#include <heed/examples/detect/options.hpp>
#include <heed/examples/models/image_batches.hpp>
#include <heed/nn/data/image/box_files.hpp>

namespace heed::detect {

struct HEED_ABI Batch {
    Array images;  // (b, height, width, channels)
    std::vector<std::vector<image::LabelledBox>> boxes;
};

// Batch n of a run, or a part of it: of the chosen images, which are those from number `first` on.
Batch make_batch(const image::BoxedImages& images, const Options& config, const std::vector<std::size_t>& chosen, Dim n,
                 Dim first);
using Batches = models::ImageBatches<image::BoxedImages, Options>;

// COCO's average precision on these images. The processes of a group share the images.
image::CocoPrecision precision(const Model& model, const image::BoxedImages& data,
                               training::Group& group = training::one_process());

// Trains by fit() of <heed/nn/training/fit.hpp>, and writes result.json. Returns the program's exit code.
int train(Options config, const program::Launch& launch);

}  // namespace heed::detect
