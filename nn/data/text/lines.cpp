// Reading text files.
#include <fmt/format.h>
#include <heed/core/base/utf8.hpp>
#include <heed/core/io/file.hpp>
#include <heed/nn/data/text/lines.hpp>
#include <heed/nn/data/unpacked.hpp>

namespace heed::text {
namespace {

constexpr std::size_t longest_line = 1 << 16;  // bytes
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 30;
constexpr std::uint64_t always_fine = 1 << 20;  // unpacked bytes; a short text may repeat itself as much as it likes
constexpr std::uint64_t most_ratio = 200;       // of unpacked to packed bytes: text has 3 to 10

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

void check_size(const data::Unpacked& file) {
    if (file.at() > most_bytes) file.refuse(fmt::format("the text goes on beyond {} bytes; split it", most_bytes));
    if (file.at() > always_fine && file.at() / most_ratio > file.file_size())
        file.refuse(
            fmt::format("{} bytes unpack to more than {} times as many; expected text", file.file_size(), most_ratio));
}

}  // namespace

std::string clean_line(std::string_view line, std::string_view name, Dim number) {
    for (std::size_t i = 0; i < line.size();) {
        const std::size_t n = utf8::code_point_bytes(line, i);
        if (n == 0)
            throw FileError(
                fmt::format("{}:{}: byte {} of the line is not UTF-8; convert the text, or give another file", name,
                            number, i + 1));
        i += n;
    }
    std::string clean;
    for (const char c : line) {
        if (!is_space(c)) clean += c;
        else if (!clean.empty() && clean.back() != ' ') clean += ' ';
    }
    if (clean.ends_with(' ')) clean.pop_back();
    return clean;
}

std::string read_text(const std::filesystem::path& path) {
    std::string text = io::read_text(path.string(), std::uint64_t{1} << 28);
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t n = utf8::code_point_bytes(text, i);
        if (n == 0)
            io::refuse_file(path.string(), io::at_byte(i), "this is not UTF-8; convert the text, or give another file");
        i += n;
    }
    if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);  // a byte order mark
    return text;
}

std::vector<std::string> read_lines(const std::string& path) {
    data::Unpacked file(path);
    std::vector<std::string> lines;
    std::string line;
    const auto finish = [&] {
        std::string_view text = line;
        if (lines.empty() && text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // a byte order mark
        lines.push_back(clean_line(text, path, static_cast<Dim>(lines.size()) + 1));
        line.clear();
    };
    std::vector<std::uint8_t> block(1 << 16);
    for (std::size_t n = block.size(); n == block.size();) {
        n = file.read(block);
        check_size(file);
        for (std::size_t i = 0; i < n; ++i) {
            if (block[i] == '\n') finish();
            else line += static_cast<char>(block[i]);
            if (line.size() > longest_line)
                throw FileError(fmt::format("{}:{}: a line of more than {} bytes; expected a sentence on each line",
                                            path, lines.size() + 1, longest_line));
        }
    }
    if (!line.empty()) finish();
    return lines;
}

Pairs read_pairs(const std::string& source, const std::string& target) {
    std::vector<std::string> from = read_lines(source), to = read_lines(target);
    if (from.size() != to.size())
        throw FileError(
            fmt::format("{} has {} lines and {} has {}; expected line n of one to correspond to line n of "
                        "the other",
                        source, from.size(), target, to.size()));
    Pairs all;
    for (std::size_t i = 0; i < from.size(); ++i) {
        if (!from[i].empty() && !to[i].empty()) all.pairs.push_back({std::move(from[i]), std::move(to[i])});
        else if (all.skipped++ == 0) all.first_skipped = static_cast<Dim>(i) + 1;
    }
    if (all.pairs.empty()) throw FileError(fmt::format("{} and {} hold no pair of sentences", source, target));
    return all;
}

}  // namespace heed::text
