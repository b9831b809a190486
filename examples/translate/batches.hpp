#pragma once
// Batches of sentence pairs as ids.
#include <span>
#include <vector>
#include <heed/core/array.hpp>
#include <heed/nn/data/text/bpe.hpp>
#include <heed/nn/data/text/lines.hpp>

namespace heed::translate {

using text::Bpe, text::Ids, text::Pair;

struct Sample {
    Ids source;  // pieces, and the end marker
    Ids target;  // pieces without markers
};

Ids encode_source(const Bpe& bpe, std::string_view sentence);
// Of pairs with at most `longest` pieces on either side.
std::vector<Sample> encode(const Bpe& bpe, std::span<const Pair> pairs, std::size_t longest);

// Rows are padded with Bpe::pad.
struct Batch {
    Ints source;     // (b, s): each row ends with the end marker
    Ints lengths;    // (b): of the sources
    Ints previous;   // (b, t): the begin marker, then the target: what the decoder is given
    Ints positions;  // (n): the flat positions in (b, t) that are not padding
    Ints wanted;     // (n): the targets there: of each row the target and then the end marker
};

// The batch of data[which[0]], data[which[1]], ...; throws RangeError for none.
Batch make_batch(std::span<const Sample> data, std::span<const std::size_t> which);

}  // namespace heed::translate
