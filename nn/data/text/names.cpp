// Known names in a text.
#include <algorithm>
#include <set>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/nn/data/text/names.hpp>
#include <heed/nn/data/text/words.hpp>

namespace heed::text {

Names::Names(std::vector<std::string> kinds, const std::vector<std::string>& entries) : kinds_(std::move(kinds)) {
    for (const std::string& entry : entries) {
        const std::size_t tab = entry.find('\t');
        const auto kind = std::ranges::find(kinds_, entry.substr(0, tab));
        if (tab == entry.npos || kind == kinds_.end()) continue;
        const std::vector<std::string> words = lower_words(std::string_view(entry).substr(tab + 1));
        if (words.empty()) continue;
        Unit& unit = of_words_[fmt::format("{}", fmt::join(words, " "))];
        unit.text = entry.substr(tab + 1);
        const Dim number = kind - kinds_.begin();
        if (std::ranges::find(unit.kinds, number) == unit.kinds.end()) unit.kinds.push_back(number);
        longest_ = std::max(longest_, words.size());
    }
}

std::vector<Unit> Names::split(std::string_view text) const {
    const std::vector<std::string> words = lower_words(text);
    std::vector<Unit> units;
    for (std::size_t i = 0; i < words.size();) {
        Unit unit{words[i]};
        std::size_t taken = 1;
        for (std::size_t n = std::min(longest_, words.size() - i); n > 0; --n) {
            const std::string name =
                fmt::format("{}", fmt::join(words.begin() + static_cast<std::ptrdiff_t>(i),
                                            words.begin() + static_cast<std::ptrdiff_t>(i + n), " "));
            const auto found = of_words_.find(name);
            if (found == of_words_.end()) continue;
            unit = found->second;
            taken = n;
            break;
        }
        units.push_back(std::move(unit));
        i += taken;
    }
    return units;
}

std::vector<std::string> kinds_of(const std::vector<std::string>& entries) {
    std::set<std::string> kinds;
    for (const std::string& entry : entries) kinds.insert(entry.substr(0, entry.find('\t')));
    return {kinds.begin(), kinds.end()};
}

}  // namespace heed::text
