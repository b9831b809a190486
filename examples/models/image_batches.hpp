#pragma once
// The batches of a training run on images.
#include <vector>
#include <heed/nn/data/batch_sampler.hpp>

namespace heed::models {

// Number n is a function of n and the configuration alone: make_batch(images, config, chosen, n), which the program has
// in its namespace, of the chosen images. `images` and `config` must outlive it.
template <class Images, class Options>
class ImageBatches {
public:
    ImageBatches(const Images& images, const Options& config)
        : images_(images), config_(config),
          order_(static_cast<std::size_t>(images.size()), [](std::size_t) { return data::BatchSampler::Lengths(); },
                 {.batch = config.batch, .seed = config.seed}) {}
    auto at(Dim n) const { return make_batch(images_, config_, order_.at(n), n); }
    Dim per_epoch() const { return order_.per_epoch(); }

private:
    const Images& images_;
    const Options& config_;
    data::BatchSampler order_;
};

}  // namespace heed::models
