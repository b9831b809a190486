// The words of a text.
#include <algorithm>
#include <heed/nn/data/text/lower_case.hpp>
#include <heed/nn/data/text/words.hpp>

namespace heed::text {

std::vector<std::string> cased_words(std::string_view text) {
    constexpr std::string_view spaces = " \t\r\n\v\f", around = ".,;:?!\"()[]";
    std::vector<std::string> words;
    for (std::size_t begin = 0; (begin = text.find_first_not_of(spaces, begin)) != text.npos;) {
        const std::size_t end = std::min(text.find_first_of(spaces, begin), text.size());
        std::string_view word = text.substr(begin, end - begin);
        word.remove_prefix(std::min(word.find_first_not_of(around), word.size()));
        word.remove_suffix(word.size() - std::min(word.find_last_not_of(around) + 1, word.size()));
        if (!word.empty()) words.emplace_back(word);
        begin = end;
    }
    return words;
}

std::vector<std::string> lower_words(std::string_view text) { return cased_words(lower_case(text, LowerCase::latin1)); }

}  // namespace heed::text
