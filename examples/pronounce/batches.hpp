#pragma once
// Batches of words and their phones, in an order that is a function of (seed, step) and of nothing else: a resumed run
// asks for the next step and gets what an uninterrupted one would have got.
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>
#include <heed/core/real.hpp>
#include <heed/examples/pronounce/vocabulary.hpp>

namespace heed::pronounce {

// One pronunciation in numbers.
struct Sample {
    std::vector<std::int64_t> letters;  // as encode_word() gives them, the end marker included
    std::vector<std::int64_t> phones;   // without markers
};

// Every pronunciation of every entry. Throws UnknownLetter or RangeError for a symbol that a vocabulary lacks.
std::vector<Sample> encode(const std::vector<Entry>& entries, const Vocabulary& letters, const Vocabulary& phones);

// b = size, s = source_length, t = target_length; row-major, padded with Vocabulary::pad.
struct Batch {
    Dim size = 0, source_length = 0, target_length = 0;
    std::vector<std::int64_t> source;    // (b, s) letters, each row ends with the end marker
    std::vector<std::int64_t> lengths;   // (b) letters in each row, its end marker included
    std::vector<std::int64_t> previous;  // (b, t) begin marker, then the phones: what the decoder is given
    std::vector<std::int64_t> wanted;    // (b, t) the phones, then the end marker: what it should say
};

// The batch of data[which[0]], data[which[1]], ...; throws RangeError for none, or for an index outside the data.
Batch make_batch(std::span<const Sample> data, std::span<const std::size_t> which);

// An epoch: shuffle all samples, sort pools of 50 batches by length so that little is padded, cut, shuffle the batches.
class Batches {
public:
    // Throws RangeError for no data or a batch size below 1.
    Batches(std::vector<Sample> data, Dim batch_size, std::uint64_t seed);

    Dim per_epoch() const;
    Batch at(Dim step) const;  // steps count on over the epochs; safe from several threads; throws RangeError below 0

private:
    struct Order {
        Dim epoch;
        std::vector<std::vector<std::size_t>> batches;
    };
    std::shared_ptr<const Order> order(Dim epoch) const;

    std::vector<Sample> data_;
    std::size_t batch_size_;
    std::uint64_t seed_;
    mutable std::mutex mutex_;
    mutable std::shared_ptr<const Order> order_;  // of the epoch last asked for
};

}  // namespace heed::pronounce
