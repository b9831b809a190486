#pragma once
// Text as ids of pieces: byte-pair encoding (Sennrich, Haddow, Birch, "Neural Machine Translation of Rare Words with
// Subword Units", 2016) over bytes (as Radford et al., 2019), so that no text has an unknown symbol. A space belongs to
// the piece that follows it.
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>
#include <heed/core/real.hpp>

namespace heed::text {

using Ids = std::vector<std::int64_t>;

// Words and how often they occur. A word is a run of letters, digits and all that is not ASCII, or a run of other ASCII
// characters, with the space before it; of at most 100 bytes. No piece reaches beyond a word.
using WordCounts = std::map<std::string, Dim, std::less<>>;
void count_words(std::string_view sentence, WordCounts& words);

class Bpe {
public:
    static constexpr std::int64_t pad = 0, begin = 1, end = 2;
    static constexpr std::int64_t first_byte = 3, first_merge = first_byte + 256;
    using Merge = std::pair<std::int64_t, std::int64_t>;

    Bpe() = default;
    // Piece first_merge + n is the two pieces of merges[n], one after the other. Throws RangeError for a piece that
    // does not exist yet, and for a merge that is listed twice.
    explicit Bpe(std::vector<Merge> merges);

    Dim size() const { return first_merge + static_cast<Dim>(merges_.size()); }  // markers included
    const std::vector<Merge>& merges() const { return merges_; }
    const std::string& piece(std::int64_t id) const;  // its bytes, of a marker none; throws RangeError

    // The pieces of a sentence that clean_line() gave, without markers: in each word the earliest merge that applies is
    // done everywhere, until none applies.
    Ids encode(std::string_view sentence) const;
    // Their bytes, without a space at the front. Of pieces that a model strings together they may not be UTF-8.
    std::string decode(std::span<const std::int64_t> ids) const;

private:
    void encode_word(std::string_view word, Ids& out) const;

    std::vector<Merge> merges_;
    std::vector<std::string> pieces_ = std::vector<std::string>(first_byte);
    std::unordered_map<std::uint64_t, std::int64_t> made_;  // of a merge, the piece
};

// The most frequent pair of neighbouring pieces becomes a piece, again and again, until there are `size` or no pair
// occurs twice; of equally frequent pairs the one of the earlier pieces, so that the same words give the same pieces
// everywhere. Throws RangeError for a size below Bpe::first_merge.
Bpe learn_bpe(const WordCounts& words, Dim size);

}  // namespace heed::text
