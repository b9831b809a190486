#pragma once
// The batches of a training run on images.
#include <optional>
#include <vector>
#include <heed/nn/data/batch_sampler.hpp>

namespace heed::models {

// Number n is a function of n and the configuration alone: make_batch(images, config, chosen, n, first), which the
// program has in its namespace, of the chosen images, which are those from number `first` on of the batch; of a shard
// without images there is none. `images` and `config` must outlive it.
template <class Images, class Options>
class ImageBatches {
public:
    ImageBatches(const Images& images, const Options& config)
        : images_(images), config_(config),
          order_(static_cast<std::size_t>(images.size()), [](std::size_t) { return data::BatchSampler::Lengths(); },
                 {.batch = config.batch, .seed = config.seed}) {}
    auto at(Dim n, data::Shard shard = {}) const {
        const std::vector<std::size_t> all = order_.at(n);
        const Dim first = shard.begin(std::ssize(all)), end = shard.end(std::ssize(all));
        const auto make = [&] {
            return make_batch(images_, config_, {all.begin() + first, all.begin() + end}, n, first);
        };
        return first < end ? std::optional(make()) : std::nullopt;
    }
    Dim per_epoch() const { return order_.per_epoch(); }

private:
    const Images& images_;
    const Options& config_;
    data::BatchSampler order_;
};

}  // namespace heed::models
