#pragma once
// The words of a text.
#include <string>
#include <string_view>
#include <vector>

namespace heed::text {

// What stands between spaces, without the punctuation .,;:?!"()[] at its ends; as it is, or in lower case by Latin-1.
std::vector<std::string> cased_words(std::string_view text);
std::vector<std::string> lower_words(std::string_view text);

}  // namespace heed::text
