// Reading out what is not written in letters.
#include <algorithm>
#include <map>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/text/number_words.hpp>
#include <heed/nn/data/text/read_out.hpp>

namespace heed::text {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// A number is read as one; a long one, and one that begins with 0, digit by digit.
std::string number(std::string_view digits) {
    const bool one = digits.size() <= 9 && (digits.size() == 1 || digits[0] != '0');
    return one ? cardinal(std::stoull(std::string(digits))) : digit_by_digit(digits);
}

// What is said for a sign; empty for one that only parts words.
std::string_view name_of(char c) {
    static const std::map<char, std::string_view> names{{'#', "pound"},   {'*', "star"},  {'&', "and"},
                                                        {'%', "percent"}, {'+', "plus"},  {'@', "at"},
                                                        {'=', "equals"},  {'$', "dollar"}};
    const auto found = names.find(c);
    return found == names.end() ? std::string_view() : found->second;
}

std::string in_full(std::string_view word) {
    static const std::map<std::string, std::string, std::less<>> abbreviations{{"mr", "mister"},
                                                                               {"mrs", "missus"},
                                                                               {"dr", "doctor"},
                                                                               {"st", "saint"},
                                                                               {"vs", "versus"},
                                                                               {"ext", "extension"},
                                                                               {"approx", "approximately"},
                                                                               {"dept", "department"},
                                                                               {"etc", "et cetera"}};
    const auto found = abbreviations.find(word);
    return found == abbreviations.end() ? std::string(word) : found->second;
}

// Takes what satisfies `is` from the front.
template <class Is>
std::string_view take(std::string_view& text, Is is) {
    const auto end = std::ranges::find_if_not(text, is);
    const std::string_view taken = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(taken.size());
    return taken;
}

bool take_word(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word) || (text.size() > word.size() && is_letter(text[word.size()]))) return false;
    text.remove_prefix(word.size());
    return true;
}

std::string read_number(std::string_view& rest) {
    const std::string_view digits = take(rest, is_digit);
    for (const char* ending : {"st", "nd", "rd", "th"})
        if (digits.size() <= 9 && take_word(rest, ending)) return ordinal(std::stoull(std::string(digits)));
    std::string words = number(digits);
    if (rest.size() > 1 && rest[0] == '.' && is_digit(rest[1])) {
        rest.remove_prefix(1);
        words += " point " + digit_by_digit(take(rest, is_digit));
    }
    return words;
}

}  // namespace

std::string read_out(std::string_view text) {
    for (const char c : text)
        require(
            static_cast<unsigned char>(c) < 0x80, "read_out",
            [&] { return fmt::format("byte {:#x} is not ASCII", static_cast<unsigned char>(c)); }, Site::current());
    std::string all;
    const auto say = [&](std::string_view words) {
        if (!words.empty()) all += fmt::format("{}{}", all.empty() ? "" : " ", words);
    };
    while (!text.empty()) {
        const char c = text[0];
        if (is_digit(c)) say(read_number(text));
        else if (is_letter(c)) {
            std::string word;
            for (const char letter : take(text, [](char x) { return is_letter(x) || x == '\''; }))
                word += lower(letter);
            while (word.ends_with('\'')) word.pop_back();  // a closing quotation mark
            say(text.starts_with('.') ? in_full(word) : word);
        } else {
            say(name_of(c));
            text.remove_prefix(1);
        }
    }
    return all;
}

}  // namespace heed::text
