// Which samples make up a batch.
#include <algorithm>
#include <limits>
#include <numeric>
#include <set>
#include <span>
#include <string_view>
#include <heed/core/base/error.hpp>
#include <heed/core/base/random.hpp>
#include <heed/nn/data/batch_sampler.hpp>
#include <heed/tests/catch.hpp>

using namespace heed;
using namespace heed::data;

namespace {

std::vector<BatchSampler::Lengths> made_up(std::size_t n) {
    std::vector<BatchSampler::Lengths> out(n);
    for (std::size_t i = 0; i < n; ++i) out[i] = {static_cast<Dim>(1 + i * 7 % 11), static_cast<Dim>(i % 3)};
    return out;
}

// 0 .. n-1, sorted by random numbers.
std::vector<std::size_t> shuffled(std::size_t n, Key key, std::string_view stream) {
    const RandomStream random(key, hash_text(stream));
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return random.bits(i); });
    return order;
}

// The batches of an epoch, as BatchSampler defines them, of pools of `pool` samples.
std::vector<std::vector<std::size_t>> epoch_of(const std::vector<BatchSampler::Lengths>& lengths, Key key,
                                               std::size_t pool, const BatchSamplerOptions& options) {
    const std::size_t n = lengths.size();
    std::vector<std::size_t> samples = shuffled(n, key, "training/samples");
    std::vector<std::vector<std::size_t>> cut, batches;
    for (std::size_t from = 0; from < n; from += pool) {
        const std::span<std::size_t> some(samples.data() + from, std::min(pool, n - from));
        std::ranges::stable_sort(some, {}, [&](std::size_t i) { return lengths[i]; });
        Dim longest = 0;
        for (const std::size_t i : some) {
            longest = std::max({longest, lengths[i].first, lengths[i].second});
            const Dim rows = i == some.front() ? 0 : std::ssize(cut.back());
            const bool is_full = options.tokens ? (rows + 1) * longest > options.tokens : rows == options.batch;
            if (rows == 0 || is_full) {
                cut.emplace_back();
                longest = std::max(lengths[i].first, lengths[i].second);
            }
            cut.back().push_back(i);
        }
    }
    for (const std::size_t b : shuffled(cut.size(), key, "training/batches")) batches.push_back(cut[b]);
    return batches;
}

}  // namespace

TEST_CASE("batch sampler: batches are those of sorting all samples by their random numbers", "[batch_sampler]") {
    const auto lengths = made_up(20011);  // several of each bucket of random numbers
    const auto agree = [&](const BatchSamplerOptions& options, std::size_t pool) {
        const BatchSampler order(lengths, options);
        for (Dim epoch = 0; epoch < 2; ++epoch) {
            const auto expected = epoch_of(lengths, {options.seed, static_cast<std::uint64_t>(epoch)}, pool, options);
            REQUIRE(order.per_epoch() == std::ssize(expected));
            for (Dim i = 0; i < order.per_epoch(); ++i)
                CHECK(order.at(epoch * order.per_epoch() + i) == expected[static_cast<std::size_t>(i)]);
        }
    };
    agree({.batch = 16, .seed = 7, .pool = 10}, 160);
    agree({.batch = 30000}, 20011);
    agree({.seed = 7, .tokens = 120}, 20011);
}

TEST_CASE("batch sampler: every epoch holds every sample once, in an order of its own, with little padding",
          "[batch_sampler]") {
    const auto lengths = made_up(2003);
    const BatchSampler order(lengths, {.batch = 16, .seed = 7});
    REQUIRE(order.per_epoch() == 126);
    std::vector<std::size_t> epochs[2];
    Dim padding = 0;
    for (Dim epoch = 0; epoch < 2; ++epoch) {
        for (Dim i = 0; i < order.per_epoch(); ++i) {
            const auto batch = order.at(epoch * order.per_epoch() + i);
            Dim longest = 0, sum = 0;
            for (const std::size_t s : batch) longest = std::max(longest, lengths[s].first), sum += lengths[s].first;
            padding += longest * static_cast<Dim>(batch.size()) - sum;
            epochs[epoch].insert(epochs[epoch].end(), batch.begin(), batch.end());
        }
        CHECK(std::set<std::size_t>(epochs[epoch].begin(), epochs[epoch].end()).size() == 2003);
    }
    CHECK(epochs[0] != epochs[1]);
    CHECK(padding < 2003);  // of 24,000 positions in two epochs; in a random order half as many again would be padding
}

TEST_CASE("batch sampler: a batch depends on seed and number only", "[batch_sampler]") {
    const BatchSampler one(made_up(997), {.batch = 32, .seed = 5}), other(made_up(997), {.batch = 32, .seed = 5});
    const BatchSampler seeded(made_up(997), {.batch = 32});
    int same = 0;
    for (Dim n = 3 * one.per_epoch() - 1; n >= 0;
         --n) {  // backwards here, forwards there: a resumed run starts anywhere
        CHECK(one.at(n) == BatchSampler(made_up(997), {.batch = 32, .seed = 5}).at(n));
        same += one.at(n) == seeded.at(n);
    }
    for (Dim n = 0; n < 3 * one.per_epoch(); ++n) CHECK(other.at(n) == one.at(n));
    CHECK(same < 3);
    CHECK_THROWS_AS(one.at(-1), RangeError);
    CHECK_THROWS_AS(BatchSampler({}, {}), RangeError);
    const auto no_lengths = [](std::size_t) { return BatchSampler::Lengths(); };
    CHECK_THROWS_AS(BatchSampler(std::size_t{1} << 32, no_lengths, {}), RangeError);
    CHECK_THROWS_AS(BatchSampler(made_up(3), {.batch = 0}), RangeError);
    CHECK(BatchSampler(made_up(997), {.batch = std::numeric_limits<Dim>::max()}).at(1).size() == 997);
}

TEST_CASE("batch sampler: batches of a fixed number of positions, padding included, as many in every epoch",
          "[batch_sampler]") {
    auto lengths = made_up(2003);
    lengths[7] = {3, 500};  // longer than a batch may be: alone
    const BatchSampler order(lengths, {.seed = 7, .tokens = 120});
    Dim positions = 0, real = 0;
    for (Dim epoch = 0; epoch < 2; ++epoch) {
        std::set<std::size_t> seen;
        for (Dim i = 0; i < order.per_epoch(); ++i) {
            const auto batch = order.at(epoch * order.per_epoch() + i);
            if (i % 20 == 0)
                CHECK(batch == BatchSampler(lengths, {.seed = 7, .tokens = 120}).at(epoch * order.per_epoch() + i));
            Dim longest = 0;
            for (const std::size_t s : batch)
                longest = std::max({longest, lengths[s].first, lengths[s].second}), real += lengths[s].first;
            CHECK((longest * static_cast<Dim>(batch.size()) <= 120 || batch == std::vector<std::size_t>{7}));
            positions += longest * static_cast<Dim>(batch.size());
            seen.insert(batch.begin(), batch.end());
        }
        CHECK(seen.size() == 2003);
    }
    CHECK(real == 24'020);
    CHECK(positions < 25'300);
    CHECK_THROWS_AS(BatchSampler(lengths, {.tokens = -1}), RangeError);
}
