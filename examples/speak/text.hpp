#pragma once
// What is spoken for a text: letters a to z, apostrophes, and one space between words.
#include <string>
#include <string_view>

namespace heed::speak {

inline constexpr std::size_t most_letters = 2000;  // about two minutes of speech

// As text::read_out() gives it. Throws InputError, naming every letter that the model has no sound for, for what is no
// UTF-8, for a text without anything to speak, and for more than most_letters.
std::string spoken(std::string_view text);

}  // namespace heed::speak
