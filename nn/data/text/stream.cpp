// Reading text files piece by piece.
#include <cstring>
#include <fmt/format.h>
#include <heed/core/base/utf8.hpp>
#include <heed/nn/data/text/lines.hpp>
#include <heed/nn/data/text/stream.hpp>
#include <heed/nn/data/unpacked.hpp>

namespace heed::text {
namespace {

constexpr std::uint64_t always_fine = 1 << 20;  // unpacked bytes; a short text may repeat itself as it likes
constexpr std::uint64_t most_ratio = 200;       // of unpacked to packed bytes: text has 3 to 10

// Fills `to` as far as the file goes.
std::size_t read(data::Unpacked& file, std::span<std::uint8_t> to) {
    const std::size_t n = file.read(to);
    if (file.at() > always_fine && file.at() / most_ratio > file.file_size())
        file.refuse(
            fmt::format("{} bytes unpack to more than {} times as many; expected text", file.file_size(), most_ratio));
    return n;
}

// The length of the text up to its last whole character; throws FileError for a character that is not UTF-8, unless
// it could still become one.
std::size_t whole_characters(std::string_view text, bool is_end, const std::string& path, std::uint64_t at) {
    std::size_t i = 0;
    while (i < text.size()) {
        if (static_cast<unsigned char>(text[i]) < 0x80) {
            ++i;
            continue;
        }
        const std::size_t n = utf8::code_point_bytes(text, i);
        if (n == 0 && !is_end && text.size() - i < 4) break;
        if (n == 0)
            io::refuse_file(path, io::at_byte(at + i), "this is not UTF-8; convert the text, or give another file");
        i += n;
    }
    return i;
}

}  // namespace

struct TextStream::Input : data::Unpacked {
    using Unpacked::Unpacked;
    std::string path;
};

TextStream::TextStream(const std::string& path) : input_(std::make_unique<Input>(path)) { input_->path = path; }
TextStream::~TextStream() = default;

bool TextStream::next() {
    at_ += used_;
    text_.erase(0, used_);
    const std::size_t left = text_.size();
    constexpr std::size_t block = 1 << 18;
    text_.resize(left + block);
    const std::size_t n = read(*input_, {reinterpret_cast<std::uint8_t*>(text_.data()) + left, block});
    text_.resize(left + n);
    used_ = whole_characters(text_, n < block, input_->path, at_);
    piece_ = std::string_view(text_).substr(0, used_);
    if (at_ == 0) piece_ = without_mark(piece_);
    return !piece_.empty();
}

std::uint64_t TextStream::file_at() const { return input_->file_at(); }

struct LineStream::Input : data::Unpacked {
    using Unpacked::Unpacked;
};

LineStream::LineStream(const std::string& path, std::size_t longest)
    : input_(std::make_unique<Input>(path)), path_(path), longest_(longest), block_(1 << 16), begin_(block_.size()),
      end_(block_.size()) {}
LineStream::LineStream(LineStream&&) noexcept = default;
LineStream::~LineStream() = default;

bool LineStream::refill() {
    if (end_ < block_.size()) return false;  // the last block was not full: the file ends
    begin_ = 0;
    end_ = read(*input_, block_);
    file_at_ = input_->file_at();
    return end_ > 0;
}

bool LineStream::next() {
    line_.clear();
    for (;;) {
        if (begin_ == end_ && !refill()) break;
        const std::uint8_t* const from = block_.data() + begin_;
        const auto* const stop = static_cast<const std::uint8_t*>(std::memchr(from, '\n', end_ - begin_));
        const std::size_t n = stop ? static_cast<std::size_t>(stop - from) : end_ - begin_;
        line_.append(reinterpret_cast<const char*>(from), n);
        begin_ += n + (stop ? 1 : 0);
        if (line_.size() > longest_)
            throw FileError(fmt::format("{}:{}: a line of more than {} bytes; expected a text on each line", path_,
                                        number_ + 1, longest_));
        if (stop) {
            ++number_;
            return true;
        }
    }
    if (line_.empty()) return false;
    ++number_;
    return true;
}

std::uint64_t LineStream::at() const { return input_->at(); }

PairStream::PairStream(const std::string& source, const std::string& target, std::size_t longest_line)
    : source_(source, longest_line), target_(target, longest_line) {}

bool PairStream::next() {
    const auto cleaned = [](const LineStream& file) {
        return clean_line(file.number() == 1 ? without_mark(file.line()) : file.line(), file.path(), file.number());
    };
    for (;;) {
        const bool a = source_.next(), b = target_.next();
        if (a != b) {
            while (source_.next() || target_.next()) {}
            throw FileError(
                fmt::format("{} has {} lines and {} has {}; expected line n of one to correspond to line n of the "
                            "other",
                            source_.path(), source_.number(), target_.path(), target_.number()));
        }
        if (!a) return false;
        pair_ = {cleaned(source_), cleaned(target_)};
        if (!pair_.source.empty() && !pair_.target.empty()) return true;
        if (skipped_++ == 0) first_skipped_ = source_.number();
    }
}

}  // namespace heed::text
