#pragma once
// Batches of words and their phones.
#include <cstdint>
#include <span>
#include <vector>
#include <heed/core/array.hpp>
#include <heed/examples/pronounce/vocabulary.hpp>

namespace heed::pronounce {

// One pronunciation as ids.
struct Sample {
    std::vector<std::int64_t> letters;  // as encode_word() gives them, the end marker included
    std::vector<std::int64_t> phones;   // without markers
};

// Every pronunciation of every entry. Throws UnknownLetter, and InputError for a phone that the vocabulary lacks.
std::vector<Sample> encode(const std::vector<Entry>& entries, const Vocabulary& letters, const Vocabulary& phones);

// Rows are padded with Vocabulary::pad.
struct Batch {
    Ints source;    // (b, s) letters, each row ends with the end marker
    Ints lengths;   // (b) letters in each row, its end marker included
    Ints previous;  // (b, t) begin marker, then the phones: what the decoder is given
    Ints wanted;    // (b, t) the phones, then the end marker: the decoder's target
    Dim size() const { return count(lengths); }
};

// The batch of data[which[0]], data[which[1]], ...; throws RangeError for none, or for an index outside the data.
Batch make_batch(std::span<const Sample> data, std::span<const std::size_t> which);

}  // namespace heed::pronounce
