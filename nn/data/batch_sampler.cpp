// Which samples make up a batch.
#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <utility>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/core/base/random.hpp>
#include <heed/nn/data/batch_sampler.hpp>

namespace heed::data {
namespace {

using Number = std::uint32_t;

// 0 .. n-1 in the order of n random numbers; equal numbers keep their order, so the result does not depend on a
// library's shuffle. Sorts one bucket of neighbouring random numbers after the other: with all of them at once, each
// sample would take 24 bytes.
std::vector<Number> permutation(std::size_t n, const RandomStream& random) {
    constexpr std::size_t buckets = 1 << 12;
    const auto bucket_of = [&](std::size_t i) { return random.bits(i) >> 52; };
    std::vector<std::size_t> ends(buckets + 1);  // and, until a bucket is full, where the next one goes
    for (std::size_t i = 0; i < n; ++i) ++ends[bucket_of(i) + 1];
    std::partial_sum(ends.begin(), ends.end(), ends.begin());
    std::vector<Number> out(n);
    for (std::size_t i = 0; i < n; ++i) out[ends[bucket_of(i)]++] = static_cast<Number>(i);
    std::vector<std::pair<std::uint64_t, Number>> keyed;
    for (std::size_t b = 0, from = 0; b < buckets; from = ends[b++]) {
        const std::span<Number> bucket(out.data() + from, ends[b] - from);
        keyed.clear();
        for (const Number i : bucket) keyed.emplace_back(random.bits(i), i);
        std::ranges::sort(keyed);
        std::ranges::transform(keyed, bucket.begin(), [](const auto& k) { return k.second; });
    }
    return out;
}

}  // namespace

BatchSampler::BatchSampler(std::vector<Lengths> lengths, const BatchSamplerOptions& options)
    : BatchSampler(
          lengths.size(), [lengths](std::size_t i) { return lengths[i]; }, options) {}

BatchSampler::BatchSampler(std::size_t samples, std::function<Lengths(std::size_t)> lengths,
                           const BatchSamplerOptions& options)
    : samples_(samples), lengths_(std::move(lengths)), options_(options) {
    constexpr std::size_t most = std::numeric_limits<Number>::max();
    require(samples_ > 0, "BatchSampler", "no samples; expected at least one", Site::current());
    require(
        samples_ <= most, "BatchSampler",
        [&] { return fmt::format("{} samples; expected at most {}", samples_, most); }, Site::current());
    require_least("BatchSampler", "batch", options.batch, 1, Site::current());
    require_least("BatchSampler", "pool", options.pool, 1, Site::current());
    require_least("BatchSampler", "tokens", options.tokens, 0, Site::current());
    if (options_.tokens > 0) cut_by_tokens();
    else cut();
}

std::vector<std::size_t> BatchSampler::at(Dim n, Shard shard) const {
    require_least("BatchSampler", "the batch's number", n, 0, Site::current());
    const std::shared_ptr<const Epoch> made = epoch(n / per_epoch());
    const std::size_t which = made->order[static_cast<std::size_t>(n % per_epoch())];
    const std::size_t from = which == 0 ? 0 : ends_[which - 1];
    const auto begin = made->samples.begin() + static_cast<std::ptrdiff_t>(from);
    const Dim all = static_cast<Dim>(ends_[which] - from);
    return {begin + shard.begin(all), begin + shard.end(all)};
}

void BatchSampler::cut() {
    const std::size_t batch = std::min(static_cast<std::size_t>(options_.batch), samples_);
    const std::size_t batches = (samples_ - 1) / batch + 1;
    pool_ = batch * std::min(static_cast<std::size_t>(options_.pool), batches);
    for (std::size_t i = 1; i <= batches; ++i) ends_.push_back(static_cast<Number>(std::min(i * batch, samples_)));
}

// One pool of all samples has the same lengths in the same places in every epoch.
void BatchSampler::cut_by_tokens() {
    pool_ = samples_;
    std::vector<Number> samples(samples_);
    std::iota(samples.begin(), samples.end(), Number{0});
    sort_by_lengths(samples);
    Dim rows = 0, longest = 0;  // of the batch that is being filled
    for (std::size_t i = 0; i < samples_; ++i, ++rows) {
        const auto [first, second] = lengths_(samples[i]);
        longest = std::max({longest, first, second});
        if (rows == 0 || longest <= options_.tokens / (rows + 1)) continue;
        ends_.push_back(static_cast<Number>(i));
        rows = 0;
        longest = std::max(first, second);
    }
    ends_.push_back(static_cast<Number>(samples_));
}

// Those of the same lengths keep their order. They are many, so that they are counted and not compared: the lengths of
// each are asked for twice.
void BatchSampler::sort_by_lengths(std::span<Number> some) const {
    std::map<Lengths, std::size_t> begins;
    for (const Number sample : some) ++begins[lengths_(sample)];
    std::size_t sum = 0;
    for (auto& [lengths, count] : begins) sum += std::exchange(count, sum);
    std::vector<Number> sorted(some.size());
    for (const Number sample : some) sorted[begins[lengths_(sample)]++] = sample;
    std::ranges::copy(sorted, some.begin());
}

std::shared_ptr<const BatchSampler::Epoch> BatchSampler::epoch(Dim number) const {
    const std::lock_guard lock(mutex_);
    if (epoch_ && epoch_->number == number) return epoch_;
    epoch_.reset();  // before the next one takes memory, too
    const Key key{options_.seed, static_cast<std::uint64_t>(number)};
    std::vector<Number> samples = permutation(samples_, RandomStream(key, hash_text("training/samples")));
    for (std::size_t from = 0; from < samples_; from += pool_)
        sort_by_lengths({samples.data() + from, std::min(pool_, samples_ - from)});
    std::vector<Number> order = permutation(ends_.size(), RandomStream(key, hash_text("training/batches")));
    return epoch_ = std::make_shared<Epoch>(Epoch{number, std::move(samples), std::move(order)});
}

}  // namespace heed::data
