#pragma once
// A text as numbers, one for each of its characters (code points).
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include <heed/core/array.hpp>

namespace heed::charlm {

using Ids = std::vector<std::int64_t>;

// Reads a file of UTF-8 text. Throws FileError for one that is missing, larger than 256 MiB, or not UTF-8 (naming the byte).
std::string read_text(const std::filesystem::path& path);

// Of a text that is UTF-8.
Dim characters_in(std::string_view text);
std::string_view first_characters(std::string_view text, Dim n);  // the whole text, if it has fewer

class Alphabet {
public:
    Alphabet() = default;
    explicit Alphabet(std::string_view text);                  // the characters that occur, sorted by their bytes
    explicit Alphabet(std::vector<std::string> symbols);
    Dim size() const { return static_cast<Dim>(symbols_.size()); }
    const std::vector<std::string>& symbols() const { return symbols_; }
    const std::string& symbol(std::int64_t id) const;          // throws RangeError
    bool knows(std::string_view symbol) const;
    // Throws InputError, naming the character, its place and `name`, for one that does not occur.
    Ids encode(std::string_view text, std::string_view name) const;

private:
    std::vector<std::string> symbols_;
};

// The first nine tenths of a text are for training, or so many characters as are said; the rest is to measure by.
struct Split {
    Ids train, held_out;
};
Dim cut_of(Dim characters);  // nine tenths
Split split(const Ids& all, std::optional<Dim> cut = {});

// Windows of `block` characters and the characters after each of them.
struct Windows {
    Ints text, next;  // (b, block)
};
Windows windows_at(const Ids& ids, const std::vector<std::size_t>& starts, Dim block);
// Batch number n of training: `batch` random places, a function of (seed, n) alone. Throws RangeError for a text that is not longer than a block.
Windows random_windows(const Ids& ids, Dim batch, Dim block, std::uint64_t seed, Dim n);

}  // namespace heed::charlm
