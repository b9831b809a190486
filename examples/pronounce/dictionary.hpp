#pragma once
// Pronouncing dictionaries in the manner of CMUdict: one pronunciation a line, a word and then its phones.
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include <heed/nn/data/text/lower_case.hpp>

namespace heed::pronounce {

using text::best_lower_case;
using text::LowerCase;
using Phones = std::vector<std::string>;

struct Entry {
    std::string word;                    // in lower case, UTF-8
    std::vector<Phones> pronunciations;  // at least one, all different, in the file's order
};

// One line of a dictionary: of a word, one pronunciation.
struct Pronunciation {
    std::string word;
    Phones phones;
};
// None for a comment or an empty line; a line of a file that is not UTF-8 (`utf8`) is Latin-1. Throws FileError
// ("NAME:NUMBER: ...") for what does not parse.
std::optional<Pronunciation> parse_line(std::string_view line, std::string_view name, std::size_t number, bool utf8,
                                        LowerCase how);
[[noreturn]] void refuse_empty(std::string_view name);  // throws FileError: there is no word in it

// Reads a dictionary, all of it into memory. The formats are Debian's pocketsphinx dictionary ("word(2) W ER D"),
// CMUdict 0.7b (";;;" comments, stress digits, which are dropped, Latin-1 letters) and its splits in upper case ("WORD
// W ER D"); LF or CR LF line ends. What follows a phone behind " #" is a comment, as newer CMUdicts have them, and so
// is a line that begins with "#" and a space; "#HASH" is a word. Words come in the order of their first line. Throws
// FileError ("path:line: ...") for a file that is missing, empty, binary, too large, or holds a line that does not
// parse; IoError where the system fails to read it.
std::vector<Entry> read_dictionary(const std::filesystem::path& path,
                                   LowerCase how = best_lower_case(LowerCase::latin1));

// The same from text; `name` stands for the file in messages.
std::vector<Entry> parse_dictionary(std::string_view text, std::string_view name,
                                    LowerCase how = best_lower_case(LowerCase::latin1));

// Which share of the data a word belongs to: a fixed hash of the word in lower case gives 5 % of all words to `test`
// and 2 % to `dev`, the same ones in every dictionary, with all their pronunciations.
enum class Part { train, dev, test };
Part part_of(std::string_view word);

std::vector<Entry> select(const std::vector<Entry>& entries, Part part);

// The entries whose word does not occur in `seen`.
std::vector<Entry> unseen(const std::vector<Entry>& entries, const std::vector<Entry>& seen);

}  // namespace heed::pronounce
