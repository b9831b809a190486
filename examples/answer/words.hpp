#pragma once
// The words and the lines of a text.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace heed::answer {

// The words of a text without punctuation at their ends, as they are or in lower case.
std::vector<std::string> cased_words(std::string_view text);
std::vector<std::string> cut_words(std::string_view text);

// Calls read(line) for each line that is not empty; a FileError gets "NAME:LINE: " before its text.
void for_each_line(std::string_view text, std::string_view name, const std::function<void(std::string_view)>& read);

// Calls act(text) for each text, or without any for each line of standard input. One that is refused with an InputError
// is named, and the others are still done; then the exit code is 65.
int for_each_text(const std::vector<std::string>& texts, const std::function<void(const std::string&)>& act);

// Throws InputError for no words, and for more than anybody asks with.
void check_length(std::size_t words, std::size_t most = 1000);
// Throws InputError that lists the words, if there are any.
void refuse_unknown(const std::vector<std::string>& words);

}  // namespace heed::answer
