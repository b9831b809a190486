// Cardinal and ordinal numbers in English words.
#include <array>
#include <utility>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/text/number_words.hpp>

namespace heed::text {
namespace {

constexpr std::array small{"zero",     "one",     "two",     "three",     "four",     "five",    "six",
                           "seven",    "eight",   "nine",    "ten",       "eleven",   "twelve",  "thirteen",
                           "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
constexpr std::array tens{"", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"};
constexpr std::array<std::pair<std::uint64_t, const char*>, 7> large{{{1'000'000'000'000'000'000, "quintillion"},
                                                                      {1'000'000'000'000'000, "quadrillion"},
                                                                      {1'000'000'000'000, "trillion"},
                                                                      {1'000'000'000, "billion"},
                                                                      {1'000'000, "million"},
                                                                      {1000, "thousand"},
                                                                      {100, "hundred"}}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> odd_ordinals{{{"one", "first"},
                                                                                     {"two", "second"},
                                                                                     {"three", "third"},
                                                                                     {"five", "fifth"},
                                                                                     {"eight", "eighth"},
                                                                                     {"nine", "ninth"},
                                                                                     {"twelve", "twelfth"},
                                                                                     {"y", "ieth"}}};

std::string with_rest(std::string words, std::uint64_t rest) { return rest ? words + " " + cardinal(rest) : words; }

}  // namespace

std::string cardinal(std::uint64_t n) {
    if (n < small.size()) return small[n];
    for (const auto& [size, name] : large)
        if (n >= size) return with_rest(fmt::format("{} {}", cardinal(n / size), name), n % size);
    return with_rest(tens[n / 10], n % 10);
}

std::string ordinal(std::uint64_t n) {
    std::string words = cardinal(n);
    const std::size_t last = words.rfind(' ') + 1;  // 0 for a single word
    for (const auto& [ending, ordinal] : odd_ordinals)
        if (ending == "y" ? words.ends_with(ending) : words.substr(last) == ending)
            return words.replace(words.size() - ending.size(), ending.size(), ordinal);
    return words + "th";
}

std::string digit_by_digit(std::string_view digits) {
    std::string words;
    for (const char c : digits) {
        require(
            c >= '0' && c <= '9', "digit_by_digit", [&] { return fmt::format("'{}' is no digit", c); },
            Site::current());
        words += fmt::format("{}{}", words.empty() ? "" : " ", small[static_cast<std::size_t>(c - '0')]);
    }
    return words;
}

}  // namespace heed::text
