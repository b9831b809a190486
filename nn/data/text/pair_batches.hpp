#pragma once
// Batches of pairs of texts as ids, for models that read the one and write the other.
#include <span>
#include <heed/core/array.hpp>
#include <heed/nn/data/row_pairs.hpp>
#include <heed/nn/data/text/bpe.hpp>

namespace heed::text {

Ids encode_source(const Bpe& bpe, std::string_view text);  // with the end marker
// Leaves the first `longest` pieces of an encoded source, and the end marker.
void cut_source(Ids& source, Dim longest);

// Rows are padded with Bpe::pad.
struct PairBatch {
    Ints source;     // (b, s): each row ends with the end marker
    Ints lengths;    // (b): of the sources
    Ints previous;   // (b, t): the begin marker, then the target: what the decoder is given
    Ints positions;  // (n): the flat positions in (b, t) that are not padding
    Ints wanted;     // (n): the targets there: of each row the target and then the end marker
};

// Of sources as encode_source() makes them, and targets without markers; throws RangeError for none.
PairBatch make_batch(std::span<const data::RowPair> pairs);

}  // namespace heed::text
