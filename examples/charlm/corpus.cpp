// A text as ids of characters, its split, and windows of it.
#include <algorithm>
#include <fmt/format.h>
#include <heed/core/base/random.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/examples/charlm/corpus.hpp>
#include <heed/nn/program/exit_code.hpp>

namespace heed::charlm {
namespace {
bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }
}  // namespace

Dim characters_in(std::string_view text) { return static_cast<Dim>(std::ranges::count_if(text, begins_character)); }

std::string_view first_characters(std::string_view text, Dim n) {
    std::size_t at = 0;
    for (Dim passed = 0; at < text.size() && (passed += begins_character(text[at])) <= n; ++at) {}
    return text.substr(0, at);
}

Ids encode(const text::Vocabulary& alphabet, std::string_view text, std::string_view name) {
    Ids ids;
    ids.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t n = std::max<std::size_t>(1, utf8::code_point_bytes(text, i));
        const std::optional<std::int64_t> id = alphabet.find(text.substr(i, n));
        if (!id)
            throw program::InputError(
                fmt::format("{}: character {} at byte {} does not occur in the model's training text", name,
                            utf8::in_quotes(text.substr(i, n)), i));
        ids.push_back(*id);
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
        require(start + static_cast<std::size_t>(block) < ids.size(), "windows_at", "a window reaches beyond the text",
                Site::current());
        const auto from = ids.begin() + static_cast<std::ptrdiff_t>(start);
        std::copy_n(from, block, w.text.data() + i * block);
        std::copy_n(from + 1, block, w.next.data() + i * block);
    }
    return w;
}

Windows random_windows(const Ids& ids, Dim batch, Dim block, std::uint64_t seed, Dim n) {
    require(
        static_cast<Dim>(ids.size()) > block, "random_windows",
        [&] {
            return fmt::format("a text of {} characters for windows of {}; give a longer text or a smaller --block",
                               ids.size(), block);
        },
        Site::current());
    const RandomStream random(Key{seed, static_cast<std::uint64_t>(n)}, hash_text("charlm/windows"));
    std::vector<std::size_t> starts;
    const std::size_t positions = ids.size() - static_cast<std::size_t>(block);
    for (Dim i = 0; i < batch; ++i) starts.push_back(random.bits(static_cast<std::uint64_t>(i)) % positions);
    return windows_at(ids, starts, block);
}

}  // namespace heed::charlm
