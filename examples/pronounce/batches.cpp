#include <algorithm>
#include <numeric>
#include <tuple>
#include <fmt/format.h>
#include <heed/core/error.hpp>
#include <heed/core/random.hpp>
#include <heed/examples/pronounce/batches.hpp>

namespace heed::pronounce {
namespace {
constexpr std::size_t pool_batches = 50;

// 0 .. n-1 in the order of n random numbers; equal numbers keep their order, so no library's shuffle has a say.
std::vector<std::size_t> permutation(std::size_t n, const RandomStream& random) {
    std::vector<std::pair<std::uint64_t, std::size_t>> keyed(n);
    for (std::size_t i = 0; i < n; ++i) keyed[i] = {random.bits(i), i};
    std::sort(keyed.begin(), keyed.end());
    std::vector<std::size_t> out(n);
    std::transform(keyed.begin(), keyed.end(), out.begin(), [](const auto& k) { return k.second; });
    return out;
}
}  // namespace

std::vector<Sample> encode(const std::vector<Entry>& entries, const Vocabulary& letters, const Vocabulary& phones) {
    std::vector<Sample> out;
    for (const Entry& entry : entries) {
        const auto word = encode_word(letters, entry.word);
        for (const Phones& pronunciation : entry.pronunciations) {
            Sample& sample = out.emplace_back(Sample{word, {}});
            for (const std::string& phone : pronunciation) {
                const auto id = phones.find(phone);
                if (!id) throw RangeError(fmt::format("encode: phone '{}' of word '{}' is not in the vocabulary", phone, entry.word));
                sample.phones.push_back(*id);
            }
        }
    }
    return out;
}

Batch make_batch(std::span<const Sample> data, std::span<const std::size_t> which) {
    require(!which.empty(), "make_batch", "no samples; expected at least one", Site::current());
    std::size_t longest_word = 0, longest_phones = 0;
    for (const std::size_t i : which) {
        require(i < data.size(), "make_batch", [&] { return fmt::format("sample {}; expected an index below {}", i, data.size()); }, Site::current());
        longest_word = std::max(longest_word, data[i].letters.size());
        longest_phones = std::max(longest_phones, data[i].phones.size());
    }
    const std::size_t s = longest_word, t = longest_phones + 1;
    Batch b{static_cast<Dim>(which.size()), static_cast<Dim>(s), static_cast<Dim>(t), {}, {}, {}, {}};
    b.source.assign(which.size() * s, Vocabulary::pad);
    b.previous.assign(which.size() * t, Vocabulary::pad);
    b.wanted = b.previous;
    for (std::size_t row = 0; row < which.size(); ++row) {
        const auto& [letters, phones] = data[which[row]];
        const auto at = [row](std::vector<std::int64_t>& v, std::size_t width) { return v.begin() + static_cast<std::ptrdiff_t>(row * width); };
        std::copy(letters.begin(), letters.end(), at(b.source, s));
        b.lengths.push_back(static_cast<std::int64_t>(letters.size()));
        *at(b.previous, t) = Vocabulary::begin;
        std::copy(phones.begin(), phones.end(), at(b.previous, t) + 1);
        *std::copy(phones.begin(), phones.end(), at(b.wanted, t)) = Vocabulary::end;
    }
    return b;
}

Batches::Batches(std::vector<Sample> data, Dim batch_size, std::uint64_t seed)
    : data_(std::move(data)), batch_size_(static_cast<std::size_t>(batch_size)), seed_(seed) {
    require(!data_.empty(), "Batches", "no samples; expected at least one", Site::current());
    require(batch_size >= 1, "Batches", [&] { return fmt::format("batch size {}; expected at least 1", batch_size); }, Site::current());
}

Dim Batches::per_epoch() const { return static_cast<Dim>((data_.size() - 1) / batch_size_ + 1); }

Batch Batches::at(Dim step) const {
    require(step >= 0, "Batches", [&] { return fmt::format("step {}; expected 0 or more", step); }, Site::current());
    const auto epoch = order(step / per_epoch());
    return make_batch(data_, epoch->batches[static_cast<std::size_t>(step % per_epoch())]);
}

std::shared_ptr<const Batches::Order> Batches::order(Dim epoch) const {
    const std::lock_guard lock(mutex_);
    if (order_ && order_->epoch == epoch) return order_;
    const Key key{seed_, static_cast<std::uint64_t>(epoch)};
    std::vector<std::size_t> samples = permutation(data_.size(), RandomStream(key, hash_text("pronounce/samples")));
    const auto lengths = [&](std::size_t i) { return std::tuple(data_[i].letters.size(), data_[i].phones.size()); };
    const std::size_t pool = std::min(data_.size(), batch_size_) * pool_batches;  // the smaller one cannot overflow
    std::vector<std::vector<std::size_t>> cut;
    for (std::size_t from = 0; from < samples.size(); from += pool) {
        const auto first = samples.begin() + static_cast<std::ptrdiff_t>(from);
        const auto last = samples.begin() + static_cast<std::ptrdiff_t>(std::min(from + pool, samples.size()));
        std::stable_sort(first, last, [&](std::size_t a, std::size_t b) { return lengths(a) < lengths(b); });
        for (auto it = first; it != last;) {
            const auto end = it + std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(batch_size_), last - it);
            cut.emplace_back(it, end);
            it = end;
        }
    }
    auto made = std::make_shared<Order>(Order{epoch, {}});
    for (const std::size_t i : permutation(cut.size(), RandomStream(key, hash_text("pronounce/batches")))) made->batches.push_back(std::move(cut[i]));
    return order_ = std::move(made);
}

}  // namespace heed::pronounce
