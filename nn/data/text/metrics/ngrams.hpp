#pragma once
// n-grams of tokens and how often each occurs, as metrics of texts count them.
// Private to heed; not installed.
#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>
#include <heed/core/real.hpp>

namespace heed::text {

using Ngrams = std::map<std::vector<std::string_view>, Dim>;  // views of the tokens

inline Ngrams count_ngrams(const std::vector<std::string>& tokens, std::size_t order) {
    Ngrams counts;
    for (std::size_t i = 0; i + order <= tokens.size(); ++i) {
        const auto from = tokens.begin() + static_cast<std::ptrdiff_t>(i);
        ++counts[{from, from + static_cast<std::ptrdiff_t>(order)}];
    }
    return counts;
}

// How many of `predicted` are in `known`; each of those is found once.
inline Dim matches(const Ngrams& predicted, const Ngrams& known) {
    Dim found = 0;
    for (const auto& [ngram, count] : predicted) {
        const auto at = known.find(ngram);
        if (at != known.end()) found += std::min(count, at->second);
    }
    return found;
}

}  // namespace heed::text
