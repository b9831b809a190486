// Vocabularies of a dictionary, and encoding and decoding by them.
#include <algorithm>
#include <set>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/examples/pronounce/vocabulary.hpp>

namespace heed::pronounce {

Vocabulary letters_of(const std::vector<Entry>& entries) {
    std::set<std::string> seen;
    for (const Entry& e : entries) {
        for (std::string& letter : utf8::code_points(e.word)) seen.insert(std::move(letter));
    }
    return Vocabulary({seen.begin(), seen.end()});
}

Vocabulary phones_of(const std::vector<Entry>& entries) {
    std::set<std::string> seen;
    for (const Entry& e : entries) {
        for (const Phones& phones : e.pronunciations) seen.insert(phones.begin(), phones.end());
    }
    return Vocabulary({seen.begin(), seen.end()});
}

std::vector<std::int64_t> encode_word(const Vocabulary& letters, std::string_view word, LowerCase how) {
    if (word.empty()) throw program::InputError("an empty word has no pronunciation; give at least one letter");
    std::vector<std::int64_t> out;
    for (const std::string& letter : utf8::code_points(text::lower_case(word, how))) {
        const auto id = letters.find(letter);
        if (!id) {
            throw UnknownLetter(
                fmt::format("letter {} of word {} does not occur in the model's training data, whose letters are {}",
                            utf8::in_quotes(letter), utf8::in_quotes(word), fmt::join(letters.symbols(), " ")));
        }
        out.push_back(*id);
    }
    out.push_back(Vocabulary::end);
    return out;
}

Phones decode_phones(const Vocabulary& phones, const std::vector<std::int64_t>& ids) {
    Phones out;
    for (const std::int64_t id : ids) {
        if (id != Vocabulary::pad && id != Vocabulary::begin && id != Vocabulary::end) out.push_back(phones.symbol(id));
    }
    return out;
}

}  // namespace heed::pronounce
