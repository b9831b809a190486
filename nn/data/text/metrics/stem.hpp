#pragma once
// English words without their endings: connected, connecting, connections -> connect.
#include <string>
#include <string_view>

namespace heed::text {

// The stem of a word in small ASCII letters by Porter, "An algorithm for suffix stripping" (1980), with the changes
// that NLTK's PorterStemmer makes by default: irregular words; no word of one or two letters; and other rules for -ied,
// -ies, -y, -bli, -alli, -fulli, -logi and words like "ed". Metrics that are compared with others' need this one and no
// other: Snowball's "porter" gives other stems. What is no vowel, also a digit, counts as a consonant.
std::string porter_stem(std::string_view word);

}  // namespace heed::text
