#pragma once
// Numbers in English words, as they are spoken.
#include <cstdint>
#include <string>
#include <string_view>

namespace heed::text {

std::string cardinal(std::uint64_t n);  // "twelve hundred" is not said: 1200 is "one thousand two hundred"
std::string ordinal(std::uint64_t n);   // "twenty first"

// The digits one by one, "zero four two". Throws RangeError for another character.
std::string digit_by_digit(std::string_view digits);

}  // namespace heed::text
