#pragma once
// Symbols (letters, phones) and their ids.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>
#include <heed/examples/pronounce/dictionary.hpp>
#include <heed/nn/data/text/vocabulary.hpp>
#include <heed/nn/program/exit_code.hpp>

namespace heed::pronounce {

// A letter that is not in the vocabulary; what() names the letter and the word.
struct UnknownLetter : program::InputError {
    using InputError::InputError;
};

struct Vocabulary : text::Vocabulary {
    static constexpr std::int64_t pad = 0, begin = 1, end = 2;  // the symbols follow
    Vocabulary() : Vocabulary(std::vector<std::string>()) {}
    explicit Vocabulary(std::vector<std::string> symbols) : text::Vocabulary(std::move(symbols), 3) {}
};

Vocabulary letters_of(const std::vector<Entry>& entries);  // one letter is one code point
Vocabulary phones_of(const std::vector<Entry>& entries);

// The letters' ids and then `end`: the encoder's input. The word is put into lower case, in the model's way; words of a
// dictionary are so already. Throws UnknownLetter, and InputError for an empty word. An evaluation counts such a word
// as wrong and warns of it.
std::vector<std::int64_t> encode_word(const Vocabulary& letters, std::string_view word,
                                      LowerCase how = LowerCase::latin1);

// The phones of ids, without markers. Throws RangeError for an id outside the vocabulary.
Phones decode_phones(const Vocabulary& phones, const std::vector<std::int64_t>& ids);

}  // namespace heed::pronounce
