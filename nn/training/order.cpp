#include <algorithm>
#include <fmt/format.h>
#include <heed/core/error.hpp>
#include <heed/nn/training/order.hpp>

namespace heed::training {

std::vector<std::size_t> permutation(std::size_t n, const RandomStream& random) {
    std::vector<std::pair<std::uint64_t, std::size_t>> keyed(n);
    for (std::size_t i = 0; i < n; ++i) keyed[i] = {random.bits(i), i};
    std::sort(keyed.begin(), keyed.end());
    std::vector<std::size_t> out(n);
    std::transform(keyed.begin(), keyed.end(), out.begin(), [](const auto& k) { return k.second; });
    return out;
}

BatchOrder::BatchOrder(std::vector<Lengths> lengths, const OrderOptions& options) : lengths_(std::move(lengths)), options_(options) {
    require(!lengths_.empty(), "BatchOrder", "no samples; expected at least one", Site::current());
    require(options.batch >= 1, "BatchOrder", [&] { return fmt::format("batch size {}; expected at least 1", options.batch); }, Site::current());
    require(options.pool >= 1, "BatchOrder", [&] { return fmt::format("pool of {} batches; expected at least 1", options.pool); }, Site::current());
}

Dim BatchOrder::per_epoch() const { return (static_cast<Dim>(lengths_.size()) - 1) / options_.batch + 1; }

std::vector<std::size_t> BatchOrder::at(Dim n) const {
    require(n >= 0, "BatchOrder", [&] { return fmt::format("batch {}; expected 0 or more", n); }, Site::current());
    return epoch(n / per_epoch())->batches[static_cast<std::size_t>(n % per_epoch())];
}

std::shared_ptr<const BatchOrder::Epoch> BatchOrder::epoch(Dim number) const {
    const std::lock_guard lock(mutex_);
    if (epoch_ && epoch_->number == number) return epoch_;
    const Key key{options_.seed, static_cast<std::uint64_t>(number)};
    const Dim n = static_cast<Dim>(lengths_.size()), batch = std::min(options_.batch, n);
    std::vector<std::size_t> samples = permutation(lengths_.size(), RandomStream(key, hash_text("training/samples")));
    const Dim pool = batch * std::min(options_.pool, per_epoch());
    std::vector<std::vector<std::size_t>> cut;
    for (Dim from = 0; from < n; from += pool) {
        const auto first = samples.begin() + from, last = samples.begin() + std::min(from + pool, n);
        std::stable_sort(first, last, [&](std::size_t a, std::size_t b) { return lengths_[a] < lengths_[b]; });
        for (auto it = first; it != last;) {
            const auto end = it + std::min<std::ptrdiff_t>(batch, last - it);
            cut.emplace_back(it, end);
            it = end;
        }
    }
    auto made = std::make_shared<Epoch>(Epoch{number, {}});
    for (const std::size_t i : permutation(cut.size(), RandomStream(key, hash_text("training/batches")))) made->batches.push_back(std::move(cut[i]));
    return epoch_ = std::move(made);
}

Padded padded(std::span<const std::vector<std::int64_t>> rows, std::int64_t padding) {
    require(!rows.empty(), "padded", "no rows; expected at least one", Site::current());
    std::size_t longest = 0;
    for (const auto& row : rows) longest = std::max(longest, row.size());
    const Dim b = static_cast<Dim>(rows.size()), t = static_cast<Dim>(longest);
    Padded out{Ints::from_shape({b, t}), Ints::from_shape({b})};
    std::fill_n(out.values.data(), b * t, padding);
    for (Dim i = 0; i < b; ++i) {
        const auto& row = rows[static_cast<std::size_t>(i)];
        std::copy(row.begin(), row.end(), out.values.data() + i * t);
        out.lengths.data()[i] = static_cast<std::int64_t>(row.size());
    }
    return out;
}

}  // namespace heed::training
