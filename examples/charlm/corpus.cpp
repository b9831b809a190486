#include <algorithm>
#include <set>
#include <unordered_map>
#include <fmt/format.h>
#include <heed/core/io/file.hpp>
#include <heed/core/random.hpp>
#include <heed/core/utf8.hpp>
#include <heed/examples/charlm/corpus.hpp>
#include <heed/nn/program/exit_code.hpp>

namespace heed::charlm {
namespace {
bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }
}  // namespace

std::string read_text(const std::filesystem::path& path) {
    std::string text = io::read_text(path.string(), std::uint64_t{1} << 28);
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t n = utf8::code_point_bytes(text, i);
        if (n == 0) io::refuse_file(path.string(), io::at_byte(i), "this is not UTF-8; convert the text, or give another file");
        i += n;
    }
    if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);  // a byte order mark
    return text;
}

Dim characters_in(std::string_view text) { return static_cast<Dim>(std::ranges::count_if(text, begins_character)); }

std::string_view first_characters(std::string_view text, Dim n) {
    std::size_t at = 0;
    for (Dim passed = 0; at < text.size() && (passed += begins_character(text[at])) <= n; ++at) {}
    return text.substr(0, at);
}

Alphabet::Alphabet(std::string_view text) {
    std::set<std::string, std::less<>> seen;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t n = std::max<std::size_t>(1, utf8::code_point_bytes(text, i));
        const std::string_view symbol = text.substr(i, n);
        if (!seen.contains(symbol)) seen.emplace(symbol);
        i += n;
    }
    symbols_.assign(seen.begin(), seen.end());
}

Alphabet::Alphabet(std::vector<std::string> symbols) : symbols_(std::move(symbols)) { std::sort(symbols_.begin(), symbols_.end()); }

const std::string& Alphabet::symbol(std::int64_t id) const {
    const auto text = [&] { return fmt::format("{} is no character; expected 0 <= id < {}", id, size()); };
    require(0 <= id && id < size(), "Alphabet", text, Site::current());
    return symbols_[static_cast<std::size_t>(id)];
}

bool Alphabet::knows(std::string_view symbol) const { return std::binary_search(symbols_.begin(), symbols_.end(), symbol); }

Ids Alphabet::encode(std::string_view text, std::string_view name) const {
    std::unordered_map<std::string_view, std::int64_t> id_of;
    for (std::size_t i = 0; i < symbols_.size(); ++i) id_of.emplace(symbols_[i], static_cast<std::int64_t>(i));
    Ids ids;
    ids.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t n = std::max<std::size_t>(1, utf8::code_point_bytes(text, i));
        const auto found = id_of.find(text.substr(i, n));
        if (found == id_of.end())
            throw program::InputError(fmt::format("{}: character {} at byte {} does not occur in the model's training text", name,
                                                   utf8::in_quotes(text.substr(i, n)), i));
        ids.push_back(found->second);
        i += n;
    }
    return ids;
}

Dim cut_of(Dim characters) { return characters / 10 * 9 + characters % 10 * 9 / 10; }

Split split(const Ids& all, std::optional<Dim> cut) {
    const Dim n = static_cast<Dim>(all.size());
    const auto at = all.begin() + std::min(n, cut.value_or(cut_of(n)));
    return {{all.begin(), at}, {at, all.end()}};
}

Windows windows_at(const Ids& ids, const std::vector<std::size_t>& starts, Dim block) {
    const Dim b = static_cast<Dim>(starts.size());
    Windows w{Ints::from_shape({b, block}), Ints::from_shape({b, block})};
    for (Dim i = 0; i < b; ++i) {
        const std::size_t start = starts[static_cast<std::size_t>(i)];
        require(start + static_cast<std::size_t>(block) < ids.size(), "windows_at", "a window reaches beyond the text", Site::current());
        const auto from = ids.begin() + static_cast<std::ptrdiff_t>(start);
        std::copy_n(from, block, w.text.data() + i * block);
        std::copy_n(from + 1, block, w.next.data() + i * block);
    }
    return w;
}

Windows random_windows(const Ids& ids, Dim batch, Dim block, std::uint64_t seed, Dim n) {
    require(static_cast<Dim>(ids.size()) > block, "random_windows",
            [&] { return fmt::format("a text of {} characters for windows of {}; give a longer text or a smaller --block", ids.size(), block); },
            Site::current());
    const RandomStream random(Key{seed, static_cast<std::uint64_t>(n)}, hash_text("charlm/windows"));
    std::vector<std::size_t> starts;
    const std::size_t places = ids.size() - static_cast<std::size_t>(block);
    for (Dim i = 0; i < batch; ++i) starts.push_back(random.bits(static_cast<std::uint64_t>(i)) % places);
    return windows_at(ids, starts, block);
}

}  // namespace heed::charlm
