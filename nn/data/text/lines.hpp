#pragma once
// Reading text files: whole, by lines, and parallel ones, where line n of one corresponds to line n of the other.
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>
#include <heed/nn/data/text/stream.hpp>

namespace heed::text {

// The line without a line end's '\r', and with single spaces only, none at the ends. Throws FileError ("NAME:LINE:
// ...") for one that is not UTF-8.
std::string clean_line(std::string_view line, std::string_view name, Dim number);

// The text without a byte order mark at its beginning.
std::string_view without_mark(std::string_view text);

// A whole file of UTF-8 text, plain or packed by gzip, without a byte order mark. Throws as TextStream does, and
// FileError for a text of more than 1 GiB: a larger one is for TextStream.
std::string read_text(const std::filesystem::path& path);

// The lines of a file of UTF-8 text, plain or packed by gzip, cleaned; a byte order mark is dropped. Throws FileError
// for a file that is missing or damaged, for a line that is not UTF-8 or has more than 64 KiB, for more than 1 GiB, and
// for a packed file that unpacks to more than 200 times its size; IoError where the system fails to read.
std::vector<std::string> read_lines(const std::string& path);

// Calls read(line) for each line of a text that is not empty, without line ends; a FileError gets "NAME:LINE: " before
// its text.
void for_each_line(std::string_view text, std::string_view name, const std::function<void(std::string_view)>& read);

struct TextPairs {
    std::vector<TextPair> pairs;  // neither side is empty
    Dim skipped = 0;              // lines with an empty side: there is nothing to learn from them
    Dim first_skipped = 0;        // the number of the first one, from 1
};

// Throws as PairStream does, and FileError for files without a pair.
TextPairs read_pairs(const std::string& source, const std::string& target, std::size_t longest_line = usual_line);

}  // namespace heed::text
