#pragma once
// Training a model, and evaluating it.
#include <filesystem>
#include <heed/examples/models/image_batches.hpp>
#include <heed/examples/patches/options.hpp>

namespace heed::patches {

struct HEED_ABI Batch {
    Array images;  // (b, height, width, channels)
    Ints labels;   // (b)
};

// Batch n of a run, or a part of it: of the chosen images, which are those from number `first` on.
Batch make_batch(const models::PreparedImages& images, const Options& config, const std::vector<std::size_t>& chosen,
                 Dim n, Dim first);
using Batches = models::ImageBatches<models::PreparedImages, Options>;

// The confusion matrix: how often class i was predicted as j, (classes, classes). Of at most `most` images, from all
// over them; 0: of all. `progress` counts images; the processes of a group share them.
Ints confusion(const Model& model, const models::PreparedImages& images, Dim most = 0,
               training::Progress* progress = nullptr, training::Group& group = training::one_process());
// What the model's head is given of each image, (n, dim).
Array features_of(const Model& model, const models::PreparedImages& images);
double accuracy(const Ints& confusion);

// Trains by fit() of <heed/nn/training/fit.hpp>, and writes result.json. Returns the program's exit code.
int train(Options config, const program::Launch& launch);

}  // namespace heed::patches
