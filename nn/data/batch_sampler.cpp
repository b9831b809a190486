// Which samples make up a batch.
#include <algorithm>
#include <numeric>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/batch_sampler.hpp>

namespace heed::data {

std::vector<std::size_t> permutation(std::size_t n, const RandomStream& random) {
    std::vector<std::pair<std::uint64_t, std::size_t>> keyed(n);
    for (std::size_t i = 0; i < n; ++i) keyed[i] = {random.bits(i), i};
    std::sort(keyed.begin(), keyed.end());
    std::vector<std::size_t> out(n);
    std::transform(keyed.begin(), keyed.end(), out.begin(), [](const auto& k) { return k.second; });
    return out;
}

BatchSampler::BatchSampler(std::vector<Lengths> lengths, const BatchSamplerOptions& options)
    : BatchSampler(
          lengths.size(), [lengths](std::size_t i) { return lengths[i]; }, options) {}

BatchSampler::BatchSampler(std::size_t samples, std::function<Lengths(std::size_t)> lengths,
                           const BatchSamplerOptions& options)
    : samples_(samples), lengths_(std::move(lengths)), options_(options) {
    require(samples_ > 0, "BatchSampler", "no samples; expected at least one", Site::current());
    require_least("BatchSampler", "batch", options.batch, 1, Site::current());
    require_least("BatchSampler", "pool", options.pool, 1, Site::current());
    require_least("BatchSampler", "tokens", options.tokens, 0, Site::current());
    std::vector<std::size_t> all(samples_);
    std::iota(all.begin(), all.end(), std::size_t{0});
    per_epoch_ = static_cast<Dim>(cut(std::move(all)).ends.size());
}

std::vector<std::size_t> BatchSampler::at(Dim n, Shard shard) const {
    require_least("BatchSampler", "the batch's number", n, 0, Site::current());
    const std::shared_ptr<const Epoch> made = epoch(n / per_epoch());
    const auto& [samples, ends] = made->batches;
    const std::size_t which = made->order[static_cast<std::size_t>(n % per_epoch())];
    const std::size_t from = which == 0 ? 0 : ends[which - 1];
    const auto begin = samples.begin() + static_cast<std::ptrdiff_t>(from);
    const Dim all = static_cast<Dim>(ends[which] - from);
    return {begin + shard.begin(all), begin + shard.end(all)};
}

// How many of the samples, sorted by length, make the first batch.
Dim BatchSampler::rows_of_batch(std::span<const std::size_t> samples) const {
    const Dim n = static_cast<Dim>(samples.size());
    if (options_.tokens == 0) return std::min(options_.batch, n);
    Dim rows = 0;
    for (Dim longest = 0; rows < n; ++rows) {
        const auto [first, second] = lengths_(samples[static_cast<std::size_t>(rows)]);
        longest = std::max({longest, first, second});
        if (rows > 0 && longest > options_.tokens / (rows + 1)) break;
    }
    return rows;
}

BatchSampler::Cut BatchSampler::cut(std::vector<std::size_t> samples) const {
    const std::size_t n = samples.size(), batch = std::min(static_cast<std::size_t>(options_.batch), n);
    const std::size_t pool =
        options_.tokens ? n : batch * std::min(static_cast<std::size_t>(options_.pool), (n - 1) / batch + 1);
    std::vector<std::size_t> ends;
    for (std::size_t from = 0; from < n; from += pool) {
        std::span<std::size_t> left(samples.data() + from, std::min(pool, n - from));
        std::stable_sort(left.begin(), left.end(),
                         [&](std::size_t a, std::size_t b) { return lengths_(a) < lengths_(b); });
        for (std::size_t end = from; !left.empty(); ends.push_back(end)) {
            const auto rows = static_cast<std::size_t>(rows_of_batch(left));
            left = left.subspan(rows);
            end += rows;
        }
    }
    return {std::move(samples), std::move(ends)};
}

std::shared_ptr<const BatchSampler::Epoch> BatchSampler::epoch(Dim number) const {
    const std::lock_guard lock(mutex_);
    if (epoch_ && epoch_->number == number) return epoch_;
    epoch_.reset();  // before the next one takes memory, too
    const Key key{options_.seed, static_cast<std::uint64_t>(number)};
    Cut batches = cut(permutation(samples_, RandomStream(key, hash_text("training/samples"))));
    std::vector<std::size_t> order = permutation(batches.ends.size(), RandomStream(key, hash_text("training/batches")));
    return epoch_ = std::make_shared<Epoch>(Epoch{number, std::move(batches), std::move(order)});
}

}  // namespace heed::data
