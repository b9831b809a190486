#pragma once
// Prompts of a telephone system with what they say, as Debian's asterisk-core-sounds-en and asterisk-core-sounds-en-wav have them.
#include <string>
#include <string_view>
#include <vector>

namespace heed::frames {

struct Prompt {
    std::string name;  // of the sound: NAME.wav in the folder
    std::string text;  // small letters a to z, apostrophes, and one space between words
};

// A line of a transcript is "NAME: what it says" or a comment after ';'. Digits, # and * are spelt as they are said; what stands in brackets is no
// speech. Throws FileError, naming file and line, for a line that is neither, for a name that leaves its folder or is there twice, and for a
// byte beyond ASCII. A prompt without words has an empty text.
std::vector<Prompt> parse_prompts(std::string_view transcript, std::string_view file);
std::vector<Prompt> read_prompts(const std::string& path);

}  // namespace heed::frames
