#pragma once
// Names that are known, such as those that a database holds, and a text cut into its words and those names.
#include <map>
#include <string>
#include <string_view>
#include <vector>
#include <heed/core/real.hpp>

namespace heed::text {

struct Unit {
    std::string text;             // a word, or a name of one or several words
    std::vector<Dim> kinds = {};  // of a name: which columns hold it, as indices of Names::kinds()
};

class Names {
public:
    // Each entry is a kind (a column, such as "city.city_name"), a tab, and a name. Kinds that are not among `kinds`
    // count for nothing.
    Names(std::vector<std::string> kinds, const std::vector<std::string>& entries);

    const std::vector<std::string>& kinds() const { return kinds_; }
    // Names are taken where they begin, the longest first, in upper or lower case; they are written as the entries do.
    std::vector<Unit> split(std::string_view text) const;

private:
    std::vector<std::string> kinds_;
    std::map<std::string, Unit> of_words_;  // of a name in lower case, with single spaces
    std::size_t longest_ = 1;               // words in a name
};

// The kinds that occur in entries.
std::vector<std::string> kinds_of(const std::vector<std::string>& entries);

}  // namespace heed::text
