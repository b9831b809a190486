// Reading text files.
#include <algorithm>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/nn/data/text/lines.hpp>

namespace heed::text {
namespace {

constexpr std::uint64_t most = std::uint64_t{1} << 30;  // bytes of a text in memory

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

std::string_view without_mark(std::string_view text) {
    constexpr std::string_view mark = "\xef\xbb\xbf";
    return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

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
    TextStream file(path.string());
    std::string text;
    while (file.next()) {
        text += file.piece();
        if (text.size() > most)
            throw FileError(fmt::format("{}: the text has more than {} bytes", path.string(), most));
    }
    return text;
}

std::vector<std::string> read_lines(const std::string& path) {
    LineStream file(path);
    std::vector<std::string> lines;
    while (file.next()) {
        std::string_view line = file.line();
        if (lines.empty()) line = without_mark(line);
        lines.push_back(clean_line(line, path, file.number()));
        if (file.at() > most)
            throw FileError(fmt::format("{}: the text goes on beyond {} bytes; split it", path, most));
    }
    return lines;
}

void for_each_line(std::string_view text, std::string_view name, const std::function<void(std::string_view)>& read) {
    std::size_t number = 1;
    for (std::size_t begin = 0; begin < text.size(); ++number) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        std::string_view line = text.substr(begin, end - begin);
        if (line.ends_with('\r')) line.remove_suffix(1);
        begin = end + 1;
        try {
            if (!line.empty()) read(line);
        } catch (const FileError& e) {
            throw FileError(fmt::format("{}:{}: {}", name, number, e.what()));
        }
    }
}

TextPairs read_pairs(const std::string& source, const std::string& target, std::size_t longest_line) {
    PairStream files(source, target, longest_line);
    TextPairs all;
    while (files.next()) all.pairs.push_back(files.pair());
    all.skipped = files.skipped();
    all.first_skipped = files.first_skipped();
    if (all.pairs.empty()) throw FileError(fmt::format("{} and {} hold no pair of texts", source, target));
    return all;
}

}  // namespace heed::text
