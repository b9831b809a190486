#pragma once
// Batches of words and their phones.
#include <cstdint>
#include <span>
#include <vector>
#include <heed/core/array.hpp>
#include <heed/examples/pronounce/vocabulary.hpp>
#include <heed/nn/data/row_pairs.hpp>

namespace heed::pronounce {

// One pronunciation as ids. source: the letters as encode_word() gives them, the end marker included; target: the
// phones without markers.
using Sample = data::RowPair;

// Every pronunciation of every entry. Throws UnknownLetter, and InputError for a phone that the vocabulary lacks.
std::vector<Sample> encode(const std::vector<Entry>& entries, const Vocabulary& letters, const Vocabulary& phones);

// Rows are padded with Vocabulary::pad.
struct Batch {
    Ints source;    // (b, s) letters, each row ends with the end marker
    Ints lengths;   // (b) letters in each row, its end marker included
    Ints previous;  // (b, t) begin marker, then the phones: what the decoder is given
    Ints wanted;    // (b, t) the phones, then the end marker: the decoder's target
    Dim size() const { return count(lengths); }
    double phones() const;  // that are wanted, end markers included
};

Batch make_batch(std::span<const Sample> samples);  // throws RangeError for none

}  // namespace heed::pronounce
