// The words and the lines of a text.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/core/base/utf8.hpp>
#include <heed/examples/answer/words.hpp>
#include <heed/nn/data/text/lower_case.hpp>
#include <heed/nn/program/exit_code.hpp>

namespace heed::answer {

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

std::vector<std::string> cut_words(std::string_view text) {
    return cased_words(text::lower_case(text, text::LowerCase::latin1));
}

void for_each_line(std::string_view text, std::string_view name, const std::function<void(std::string_view)>& read) {
    std::size_t number = 1;
    for (std::size_t begin = 0; begin < text.size(); ++number) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        std::string_view line = text.substr(begin, end - begin);
        if (line.ends_with('\r')) line.remove_suffix(1);
        begin = end + 1;
        try {
            if (!line.empty()) read(line);
        } catch (const FileError& e) {
            throw FileError(fmt::format("{}:{}: {}", name, number, e.what()));
        }
    }
}

int for_each_text(const std::vector<std::string>& texts, const std::function<void(const std::string&)>& act) {
    int code = program::exit_ok;
    const auto attempt = [&](const std::string& text) {
        try {
            act(text);
        } catch (const program::InputError& e) {
            fmt::print(stderr, "{}\n", utf8::escaped(e.what()));
            code = program::exit_bad_input;
        }
    };
    for (const std::string& text : texts) attempt(text);
    if (texts.empty())
        for (std::string line; std::getline(std::cin, line);) attempt(line);
    return code;
}

void check_length(std::size_t words, std::size_t most) {
    if (words == 0) throw program::InputError("a text without a word asks nothing; give a question");
    if (words > most)
        throw program::InputError(fmt::format("a text of {} words is too long; give at most {}", words, most));
}

void refuse_unknown(const std::vector<std::string>& words) {
    std::vector<std::string> shown;
    for (const std::string& word : words) shown.push_back(utf8::in_quotes(word));
    if (!shown.empty()) throw program::InputError(fmt::format("not understood: {}", fmt::join(shown, ", ")));
}

}  // namespace heed::answer
