#pragma once
// Symbols, such as characters or words, and their ids.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include <heed/core/real.hpp>

namespace heed::text {

class Vocabulary {
public:
    Vocabulary() = default;
    // Symbols in any order; repetitions are dropped. They get ids from `markers` on, sorted by their bytes: the ids
    // below are for what is no symbol, such as padding, a begin and an end.
    explicit Vocabulary(std::vector<std::string> symbols, Dim markers = 0);

    Dim size() const { return static_cast<Dim>(symbols_.size()) + markers_; }  // markers included
    std::optional<std::int64_t> find(std::string_view symbol) const;
    const std::string& symbol(std::int64_t id) const;  // throws RangeError for what is the id of no symbol
    const std::vector<std::string>& symbols() const { return symbols_; }

private:
    std::vector<std::string> symbols_;
    Dim markers_ = 0;
};

// The words that occur at least so often, sorted by their bytes.
std::vector<std::string> frequent(const std::map<std::string, Dim>& counts, Dim least);

// Of the characters (code points) that occur in a text.
Vocabulary characters_of(std::string_view text);

}  // namespace heed::text
