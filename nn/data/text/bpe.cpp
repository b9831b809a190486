// Byte-pair encoding: encoding and decoding text.
#include <algorithm>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/text/bpe.hpp>

namespace heed::text {
namespace {

constexpr std::size_t longest_word = 100;  // bytes; encoding takes time by its square

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80;
}

// Calls use(word) for each word of " sentence".
template <class Use>
void each_word(std::string_view sentence, const Use& use) {
    const std::string text = sentence.empty() ? "" : ' ' + std::string(sentence);
    for (std::size_t from = 0; from < text.size();) {
        std::size_t to = from + (text[from] == ' ' ? 1 : 0);
        const bool letters = to < text.size() && is_letter(text[to]);
        while (to < text.size() && text[to] != ' ' && is_letter(text[to]) == letters && to - from < longest_word) ++to;
        use(std::string_view(text).substr(from, to - from));
        from = to;
    }
}

std::uint64_t key_of(std::int64_t a, std::int64_t b) {
    return static_cast<std::uint64_t>(a) << 32 | static_cast<std::uint64_t>(b);
}

}  // namespace

void count_words(std::string_view sentence, WordCounts& words) {
    each_word(sentence, [&](std::string_view word) {
        const auto found = words.find(word);
        if (found != words.end()) ++found->second;
        else words.emplace(word, 1);
    });
}

Bpe::Bpe(std::vector<Merge> merges) : merges_(std::move(merges)) {
    for (int byte = 0; byte < 256; ++byte) pieces_.emplace_back(1, static_cast<char>(byte));
    for (const auto& [a, b] : merges_) {
        const auto next = static_cast<std::int64_t>(pieces_.size());
        for (const std::int64_t part : {a, b})
            require(
                first_byte <= part && part < next, "Bpe",
                [&] {
                    return fmt::format("piece {} is made of piece {}; expected {} <= piece < {}", next, part,
                                       Dim{first_byte}, next);
                },
                Site::current());
        const bool is_new = made_.emplace(key_of(a, b), next).second;
        require(
            is_new, "Bpe", [&] { return fmt::format("piece {} is one that there is already", next); }, Site::current());
        pieces_.push_back(pieces_[static_cast<std::size_t>(a)] + pieces_[static_cast<std::size_t>(b)]);
    }
}

const std::string& Bpe::piece(std::int64_t id) const {
    require(
        0 <= id && id < static_cast<std::int64_t>(pieces_.size()), "Bpe",
        [&] { return fmt::format("{} is no piece; expected 0 <= id < {}", id, pieces_.size()); }, Site::current());
    return pieces_[static_cast<std::size_t>(id)];
}

void Bpe::encode_word(std::string_view word, Ids& out) const {
    Ids ids;
    for (const char c : word) ids.push_back(first_byte + static_cast<unsigned char>(c));
    for (;;) {
        std::int64_t earliest = size();
        for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
            const auto found = made_.find(key_of(ids[i], ids[i + 1]));
            if (found != made_.end()) earliest = std::min(earliest, found->second);
        }
        if (earliest == size()) break;
        const auto [a, b] = merges_[static_cast<std::size_t>(earliest - first_merge)];
        std::size_t kept = 0;
        for (std::size_t i = 0; i < ids.size(); ++kept) {
            const bool here = i + 1 < ids.size() && ids[i] == a && ids[i + 1] == b;
            ids[kept] = here ? earliest : ids[i];
            i += here ? 2 : 1;
        }
        ids.resize(kept);
    }
    out.insert(out.end(), ids.begin(), ids.end());
}

Ids Bpe::encode(std::string_view sentence) const {
    Ids ids;
    each_word(sentence, [&](std::string_view word) { encode_word(word, ids); });
    return ids;
}

std::string Bpe::decode(std::span<const std::int64_t> ids) const {
    std::string text;
    for (const std::int64_t id : ids) text += piece(id);
    if (text.starts_with(' ')) text.erase(0, 1);
    return text;
}

}  // namespace heed::text
