// Symbols and their ids.
#include <algorithm>
#include <set>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/nn/data/text/vocabulary.hpp>

namespace heed::text {

Vocabulary::Vocabulary(std::vector<std::string> symbols, Dim markers)
    : symbols_(std::move(symbols)), markers_(markers) {
    std::sort(symbols_.begin(), symbols_.end());
    symbols_.erase(std::unique(symbols_.begin(), symbols_.end()), symbols_.end());
}

std::optional<std::int64_t> Vocabulary::find(std::string_view symbol) const {
    const auto found = std::lower_bound(symbols_.begin(), symbols_.end(), symbol);
    if (found == symbols_.end() || *found != symbol) return std::nullopt;
    return found - symbols_.begin() + markers_;
}

const std::string& Vocabulary::symbol(std::int64_t id) const {
    require(
        markers_ <= id && id < size(), "Vocabulary",
        [&] { return fmt::format("{} is the id of no symbol; expected {} to {}", id, markers_, size() - 1); },
        Site::current());
    return symbols_[static_cast<std::size_t>(id - markers_)];
}

std::vector<std::string> frequent(const std::map<std::string, Dim>& counts, Dim least) {
    std::vector<std::string> words;
    for (const auto& [word, n] : counts)
        if (n >= least) words.push_back(word);
    return words;
}

Vocabulary characters_of(std::string_view text) {
    std::set<std::string, std::less<>> seen;
    for (std::size_t i = 0; i < text.size();) {
        const std::string_view symbol = text.substr(i, std::max<std::size_t>(1, utf8::code_point_bytes(text, i)));
        if (!seen.contains(symbol)) seen.emplace(symbol);
        i += symbol.size();
    }
    return Vocabulary({seen.begin(), seen.end()});
}

}  // namespace heed::text
