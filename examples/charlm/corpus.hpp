#pragma once
// A text as ids, one for each of its characters (code points).
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include <heed/core/array.hpp>
#include <heed/nn/data/text/vocabulary.hpp>

namespace heed::charlm {

using Ids = std::vector<std::int64_t>;

// Of a text that is UTF-8.
Dim characters_in(std::string_view text);
std::string_view first_characters(std::string_view text, Dim n);  // the whole text, if it has fewer

// Throws InputError, naming the character, its position and `name`, for one that does not occur in the alphabet.
Ids encode(const text::Vocabulary& alphabet, std::string_view text, std::string_view name);

// The first nine tenths of a text, or its first `cut` characters, are for training; the rest is for evaluation.
struct Split {
    Ids train, held_out;
};
Dim cut_of(Dim characters);  // nine tenths
Split split(const Ids& all, std::optional<Dim> cut = {});

// Windows of `block` characters and the characters after each of them.
struct Windows {
    Ints text, next;  // (b, block)
};
Windows windows_at(const Ids& ids, const std::vector<std::size_t>& starts, Dim block);
// Batch number n of training: windows at `batch` random positions, a function of (seed, n) alone. Throws RangeError for
// a text that is not longer than a block.
Windows random_windows(const Ids& ids, Dim batch, Dim block, std::uint64_t seed, Dim n);

}  // namespace heed::charlm
