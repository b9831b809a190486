#pragma once
// Text files read piece by piece, plain or packed by gzip: for texts that may be larger than the memory.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include <heed/core/real.hpp>

namespace heed::text {

struct TextPair {
    std::string source, target;
};

// A text, of whole characters (code points) at a time, without a byte order mark.
class TextStream {
public:
    // Throws as InputFile does; next(), too: FileError for what is not UTF-8 (naming the byte), a packed file that is
    // damaged or unpacks to more than 200 times its size; IoError.
    explicit TextStream(const std::string& path);
    ~TextStream();

    bool next();  // goes to the next piece, unless the text ends
    std::string_view piece() const { return piece_; }
    std::uint64_t file_at() const;  // bytes of the file read so far, for progress

private:
    struct Input;
    std::unique_ptr<Input> input_;
    std::string text_;        // what was read: the piece, and perhaps the beginning of a character
    std::size_t used_ = 0;    // bytes of it before that
    std::string_view piece_;  // into it
    std::uint64_t at_ = 0;    // of text_ in the unpacked file
};

inline constexpr std::size_t usual_line = 1 << 16;  // bytes; a longer line is hardly a sentence

// The lines of a file, as they are, without their ends (LF).
class LineStream {
public:
    // Throws as InputFile does; next(), too: FileError for a line of more than `longest` bytes, and as TextStream does
    // for packed files; IoError.
    explicit LineStream(const std::string& path, std::size_t longest = usual_line);
    LineStream(LineStream&&) noexcept;
    ~LineStream();

    bool next();  // goes to the next line, unless the file ends
    std::string_view line() const { return line_; }
    Dim number() const { return number_; }  // from 1
    const std::string& path() const { return path_; }
    std::uint64_t at() const;                           // unpacked bytes read so far
    std::uint64_t file_at() const { return file_at_; }  // bytes of the file read so far, for progress

private:
    bool refill();
    struct Input;
    std::unique_ptr<Input> input_;
    std::string path_, line_;
    std::size_t longest_;
    std::vector<std::uint8_t> block_;
    std::size_t begin_ = 0, end_ = 0;  // of the block, what is still to be split
    std::uint64_t file_at_ = 0;        // asking the system at each line would take longer than the line
    Dim number_ = 0;
};

// Two files, line n of one of which corresponds to line n of the other.
class PairStream {
public:
    PairStream(const std::string& source, const std::string& target, std::size_t longest_line = usual_line);

    // Goes to the next pair of cleaned lines of which neither is empty, unless the files end. Throws as LineStream and
    // clean_line() do, and FileError, naming both counts, for files of different numbers of lines.
    bool next();
    const TextPair& pair() const { return pair_; }
    Dim skipped() const { return skipped_; }  // lines with an empty side: there is nothing to learn from them
    Dim first_skipped() const { return first_skipped_; }  // the number of the first one, from 1
    std::uint64_t file_at() const { return source_.file_at() + target_.file_at(); }

private:
    LineStream source_, target_;
    TextPair pair_;
    Dim skipped_ = 0, first_skipped_ = 0;
};

}  // namespace heed::text
