#pragma once
// Prompts of a telephone system with their transcripts, as Debian's asterisk-core-sounds-en and
// asterisk-core-sounds-en-wav have them.
#include <string>
#include <string_view>
#include <vector>

namespace heed::audio {

struct Prompt {
    std::string name;  // of the recording: NAME.wav in the folder
    std::string text;  // lower-case letters a to z, apostrophes, and one space between words
};

// A line of a transcript is "NAME: WORDS" or a comment after ';'. Digits, # and * become the words that are spoken for
// them; text in brackets is not speech and is dropped.
// Throws FileError, naming file and line, for a line that is neither, for a name that leaves its folder or is there
// twice, and for a byte beyond ASCII. A prompt without words has an empty text.
std::vector<Prompt> parse_prompts(std::string_view transcript, std::string_view file);
std::vector<Prompt> read_prompts(const std::string& path);

}  // namespace heed::audio
