#pragma once
// Batches of sentence pairs as ids.
#include <span>
#include <vector>
#include <heed/core/array.hpp>
#include <heed/nn/data/row_pairs.hpp>
#include <heed/nn/data/text/bpe.hpp>
#include <heed/nn/data/text/lines.hpp>

namespace heed::translate {

using text::Bpe, text::Ids, text::Pair;

using Sample = data::RowPair;  // source: pieces, and the end marker; target: pieces without markers

Ids encode_source(const Bpe& bpe, std::string_view sentence);

// Rows are padded with Bpe::pad.
struct Batch {
    Ints source;     // (b, s): each row ends with the end marker
    Ints lengths;    // (b): of the sources
    Ints previous;   // (b, t): the begin marker, then the target: what the decoder is given
    Ints positions;  // (n): the flat positions in (b, t) that are not padding
    Ints wanted;     // (n): the targets there: of each row the target and then the end marker
};

Batch make_batch(std::span<const Sample> samples);  // throws RangeError for none

}  // namespace heed::translate
