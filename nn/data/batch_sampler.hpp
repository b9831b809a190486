#pragma once
// Which samples make up a batch: a function of (seed, index of the batch) and of nothing else, so that threads, timing
// and a resumed run change nothing.
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>
#include <heed/core/array.hpp>
#include <heed/nn/data/shard.hpp>

namespace heed::data {

struct BatchSamplerOptions {
    Dim batch = 32;  // samples
    std::uint64_t seed = 0;
    Dim pool = 50;   // batches whose samples are sorted by length together
    Dim tokens = 0;  // above 0, instead of `batch`: the longest row of a batch, of either kind, times its rows is at
                     // most this; one pool
};

// An epoch: shuffle all samples, sort pools of some batches by length so that little is padded, cut, shuffle the
// batches. With .tokens a sample that is longer is a batch of its own; only samples of the same lengths swap positions
// between epochs, so that the cuts, and per_epoch(), stay the same.
class BatchSampler {
public:
    using Lengths = std::pair<Dim, Dim>;  // of a sample, such as source and target; equal ones are only shuffled
    // Throws RangeError for no samples, or 2^32 and more, or a size below 1 (.tokens: below 0).
    BatchSampler(std::vector<Lengths> lengths, const BatchSamplerOptions& options);
    // Of `samples` samples, whose lengths are not stored but asked for: then it holds 4 bytes for each of them, and 4
    // more while an epoch with .tokens is being shuffled.
    BatchSampler(std::size_t samples, std::function<Lengths(std::size_t)> lengths, const BatchSamplerOptions& options);

    Dim per_epoch() const { return static_cast<Dim>(ends_.size()); }  // batches
    // n counts over all epochs. Of several shards, those of one, which may have none. Safe from several threads. Throws
    // RangeError below 0.
    std::vector<std::size_t> at(Dim n, Shard shard = {}) const;

private:
    using Number = std::uint32_t;  // of a sample or a batch: what is held for each of many
    struct Epoch {
        Dim number;
        std::vector<Number> samples, order;  // of the batches
    };
    std::shared_ptr<const Epoch> epoch(Dim number) const;
    void sort_by_lengths(std::span<Number> some) const;
    void cut();
    void cut_by_tokens();

    std::size_t samples_;
    std::function<Lengths(std::size_t)> lengths_;
    BatchSamplerOptions options_;
    std::size_t pool_ = 0;      // samples
    std::vector<Number> ends_;  // of each batch, in the samples of any epoch
    mutable std::mutex mutex_;
    mutable std::shared_ptr<const Epoch> epoch_;  // the one requested last
};

}  // namespace heed::data
