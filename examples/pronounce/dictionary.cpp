// Parsing pronouncing dictionaries, and their split.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <fmt/format.h>
#include <heed/core/base/random.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/core/io/file.hpp>
#include <heed/examples/pronounce/dictionary.hpp>

namespace heed::pronounce {
namespace {
using utf8::in_quotes;

constexpr std::size_t max_file = std::size_t{256} << 20;
constexpr std::size_t max_line = 4096;
constexpr std::size_t max_letters = 128;  // these two bound the size of a padded batch
constexpr std::size_t max_phones = 256;
constexpr std::string_view wanted = "expected 'WORD PHONE PHONE ...', as in 'cat K AE T'";
constexpr std::string_view comments = "; a comment begins with ';;;', or with '#' and a space";

struct Position {
    std::string_view file;
    std::size_t line;

    [[noreturn]] void refuse(const std::string& text) const {
        throw FileError(fmt::format("{}:{}: {}", file, line, text));
    }
};

std::vector<std::string_view> fields(std::string_view line) {
    std::vector<std::string_view> out;
    for (std::size_t i = 0; (i = line.find_first_not_of(" \t", i)) != line.npos;) {
        const std::size_t end = std::min(line.find_first_of(" \t", i), line.size());
        out.push_back(line.substr(i, end - i));
        i = end;
    }
    return out;
}

void refuse_binary(std::string_view line, const Position& position) {
    for (std::size_t i = 0; i < line.size(); ++i) {
        const std::string_view piece = line.substr(i, std::max<std::size_t>(1, utf8::code_point_bytes(line, i)));
        if (utf8::is_control(piece) && piece != "\t") {
            position.refuse(fmt::format("control character {} at byte {} of the line: this is not a text file; {}",
                                        in_quotes(piece), i + 1, wanted));
        }
        i += piece.size() - 1;
    }
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "tomato(2)" is another pronunciation of "tomato".
std::string_view without_number(std::string_view word) {
    if (word.size() < 4 || word.back() != ')') return word;
    std::size_t i = word.size() - 1;
    while (i > 0 && is_digit(word[i - 1])) --i;
    return i >= 2 && i + 1 < word.size() && word[i - 1] == '(' ? word.substr(0, i - 1) : word;
}

// "AH0" becomes AH: stress is dropped.
std::string phone(std::string_view field, const Position& position) {
    const std::string_view name =
        field.back() >= '0' && field.back() <= '2' ? field.substr(0, field.size() - 1) : field;
    const bool ok = !name.empty() && name.size() <= 3 &&
                    std::all_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!ok)
        position.refuse(fmt::format("{} is no phone (1 to 3 capital letters, then perhaps a stress digit 0 to 2); {}{}",
                                    in_quotes(field), wanted, comments));
    return std::string(name);
}

// "# a comment" is one; a word like CMUdict's "#HASH-MARK" is not.
bool is_comment(std::string_view line, std::string_view first) {
    return line.starts_with(";;;") || first.find_first_not_of('#') == first.npos;
}

// The words of lines, each once.
class Collector {
public:
    void add(Pronunciation one) {
        const auto [found, is_new] = index_.try_emplace(one.word, entries_.size());
        if (is_new) entries_.push_back({one.word, {}});
        auto& known = entries_[found->second].pronunciations;
        if (std::find(known.begin(), known.end(), one.phones) == known.end()) known.push_back(std::move(one.phones));
    }
    std::vector<Entry> take() { return std::move(entries_); }

private:
    std::vector<Entry> entries_;
    std::unordered_map<std::string, std::size_t> index_;
};
}  // namespace

std::optional<Pronunciation> parse_line(std::string_view line, std::string_view name, std::size_t number, bool utf8,
                                        LowerCase how) {
    const Position position{name, number};
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > max_line)
        position.refuse(fmt::format("a line of {} bytes, more than {}; {}", line.size(), max_line, wanted));
    const std::string converted = utf8 ? std::string() : utf8::latin1_to_utf8(line);
    if (!utf8) line = converted;
    refuse_binary(line, position);
    const auto words = fields(line);
    if (words.empty() || is_comment(line, words[0])) return std::nullopt;
    Pronunciation one{text::lower_case(without_number(words[0]), how), {}};
    for (std::size_t i = 1; i < words.size() && words[i][0] != '#'; ++i)
        one.phones.push_back(phone(words[i], position));
    if (one.phones.empty()) position.refuse(fmt::format("word {} has no phones; {}", in_quotes(one.word), wanted));
    if (one.phones.size() > max_phones)
        position.refuse(
            fmt::format("{} phones in one pronunciation; expected at most {}", one.phones.size(), max_phones));
    const std::size_t letters = utf8::columns(one.word);
    if (letters > max_letters)
        position.refuse(fmt::format("a word of {} letters; expected at most {}", letters, max_letters));
    return one;
}

void refuse_empty(std::string_view name) { throw FileError(fmt::format("{}: no word in this file; {}", name, wanted)); }

std::vector<Entry> parse_dictionary(std::string_view text, std::string_view name, LowerCase how) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // a byte order mark
    const bool utf8 = utf8::is_utf8(text);
    Collector entries;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (auto one = parse_line(line, name, number, utf8, how)) entries.add(std::move(*one));
    }
    std::vector<Entry> out = entries.take();
    if (out.empty()) refuse_empty(name);
    return out;
}

std::vector<Entry> read_dictionary(const std::filesystem::path& path, LowerCase how) {
    return parse_dictionary(io::read_text(path.string(), max_file), path.string(), how);
}

Part part_of(std::string_view word) {
    const std::uint64_t percent = hash_text(utf8::lower_case(word)) % 100;
    return percent < 5 ? Part::test : percent < 7 ? Part::dev : Part::train;
}

std::vector<Entry> select(const std::vector<Entry>& entries, Part part) {
    std::vector<Entry> out;
    std::copy_if(entries.begin(), entries.end(), std::back_inserter(out),
                 [&](const Entry& e) { return part_of(e.word) == part; });
    return out;
}

std::vector<Entry> unseen(const std::vector<Entry>& entries, const std::vector<Entry>& seen) {
    std::unordered_set<std::string_view> words;
    for (const Entry& e : seen) words.insert(e.word);
    std::vector<Entry> out;
    std::copy_if(entries.begin(), entries.end(), std::back_inserter(out),
                 [&](const Entry& e) { return !words.contains(e.word); });
    return out;
}

}  // namespace heed::pronounce
