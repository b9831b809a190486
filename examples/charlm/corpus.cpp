// A text as ids of characters, its split, and windows of it.
#include <algorithm>
#include <fmt/format.h>
#include <heed/core/base/random.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/examples/charlm/corpus.hpp>
#include <heed/nn/data/text/stream.hpp>
#include <heed/nn/program/exit_code.hpp>

namespace heed::charlm {
namespace {

[[noreturn]] void refuse_character(std::string_view symbol, std::string_view name, std::uint64_t at) {
    throw program::InputError(fmt::format("{}: character {} at byte {} does not occur in the model's training text",
                                          name, utf8::in_quotes(symbol), at));
}

constexpr std::uint32_t codes = 0x110000;  // of Unicode

// Calls use(character, code) for each character of a text that is UTF-8.
template <class Use>
void each_character(std::string_view text, const Use& use) {
    for (std::size_t i = 0; i < text.size();) {
        const auto first = static_cast<unsigned char>(text[i]);
        const std::size_t n = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        const std::string_view symbol = text.substr(i, n);
        use(symbol, n == 1 ? first : utf8::code_of(symbol));
        i += n;
    }
}

// What a first pass over a text finds.
struct Found {
    Dim characters = 0;
    std::vector<std::string> symbols;
};

Found look_at(const std::string& path, program::Making& making) {
    Found found;
    std::vector<char> seen(codes);
    for (text::TextStream text(path); text.next(); making.at(text.file_at()))
        each_character(text.piece(), [&](std::string_view, std::uint32_t code) {
            ++found.characters;
            seen[code] = 1;
        });
    making.end_pass();
    for (std::uint32_t code = 0; code < codes; ++code)
        if (seen[code]) utf8::append(found.symbols.emplace_back(), code);
    return found;
}

program::PreparedData make(const std::string& path, const CorpusOptions& options, program::Making& making) {
    const Found found = look_at(path, making);
    const text::Vocabulary alphabet(options.symbols.value_or(found.symbols));
    std::vector<std::int64_t> id_of(codes, -1);
    for (const std::string& symbol : alphabet.symbols()) id_of[utf8::code_of(symbol)] = *alphabet.find(symbol);
    const Dim cut = std::min(found.characters, options.cut.value_or(cut_of(found.characters)));

    data::PreparedWriter writer(making.path(), std::max<Dim>(1, alphabet.size()));
    TextHash train, held_out;
    Dim n = 0;
    std::uint64_t at = 0;
    Ids ids;
    for (text::TextStream text(path); text.next(); making.at(text.file_at())) {
        ids.clear();
        std::size_t of_train = 0, passed = 0;  // bytes of the piece
        each_character(text.piece(), [&](std::string_view symbol, std::uint32_t code) {
            if (id_of[code] < 0) refuse_character(symbol, path, at + passed);
            ids.push_back(id_of[code]);
            passed += symbol.size();
            if (n++ < cut) of_train = passed;
        });
        train.add(text.piece().substr(0, of_train));
        held_out.add(text.piece().substr(of_train));
        writer.add(ids);
        at += passed;
    }
    return making.finish(
        writer,
        {{"symbols", alphabet.symbols()}, {"cut", cut}, {"train", train.value()}, {"held_out", held_out.value()}});
}

Corpus prepare(const std::string& path, const program::Launch& launch, const CorpusOptions& options) {
    program::Preparation what{.kind = "charlm", .files = {path}, .passes = 2};
    if (options.cut) what.settings["cut"] = *options.cut;
    if (options.symbols) what.settings["symbols"] = *options.symbols;
    return Corpus(program::prepare(launch, what, [&](program::Making& making) { return make(path, options, making); }));
}

}  // namespace

Ids encode(const text::Vocabulary& alphabet, std::string_view text, std::string_view name) {
    Ids ids;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t n = std::max<std::size_t>(1, utf8::code_point_bytes(text, i));
        const std::optional<std::int64_t> id = alphabet.find(text.substr(i, n));
        if (!id) refuse_character(text.substr(i, n), name, i);
        ids.push_back(*id);
        i += n;
    }
    return ids;
}

Dim cut_of(Dim characters) { return characters / 10 * 9 + characters % 10 * 9 / 10; }

Corpus::Corpus(program::PreparedData from)
    : data(std::move(from)), symbols(data.note<std::vector<std::string>>("symbols")) {
    const Dim cut = data.note<Dim>("cut");
    if (cut < 0 || cut > data.ids().ids().size())
        throw FileError(fmt::format("{}: a cut at {} of {} characters: remove the file, and it is made again",
                                    data.ids().path(), cut, data.ids().ids().size()));
    train = data.ids().ids().part(0, cut);
    held_out = data.ids().ids().part(cut, data.ids().ids().size());
}

Corpus read_corpus(const std::string& path, const program::Launch& launch, const CorpusOptions& options) {
    Corpus own = prepare(path, launch, {});
    const bool fits = options.cut.value_or(own.train.size()) == own.train.size() &&
                      options.symbols.value_or(own.symbols) == own.symbols;
    return fits ? own : prepare(path, launch, options);
}

Windows windows_at(const IdSpan& ids, const std::vector<std::size_t>& starts, Dim block) {
    const Dim b = static_cast<Dim>(starts.size());
    Windows w{Ints::from_shape({b, block}), Ints::from_shape({b, block})};
    for (Dim i = 0; i < b; ++i) {
        const auto start = static_cast<Dim>(starts[static_cast<std::size_t>(i)]);
        require(start + block < ids.size(), "windows_at", "a window reaches beyond the text", Site::current());
        ids.copy(start, block, w.text.data() + i * block);
        ids.copy(start + 1, block, w.next.data() + i * block);
    }
    return w;
}

Windows random_windows(const IdSpan& ids, Dim batch, Dim block, std::uint64_t seed, Dim n, data::Shard shard) {
    require(
        ids.size() > block, "random_windows",
        [&] {
            return fmt::format("a text of {} characters for windows of {}; give a longer text or a smaller --block",
                               ids.size(), block);
        },
        Site::current());
    const RandomStream random(Key{seed, static_cast<std::uint64_t>(n)}, hash_text("charlm/windows"));
    std::vector<std::size_t> starts;
    const std::size_t positions = static_cast<std::size_t>(ids.size() - block);
    for (Dim i = shard.begin(batch); i < shard.end(batch); ++i)
        starts.push_back(random.bits(static_cast<std::uint64_t>(i)) % positions);
    return windows_at(ids, starts, block);
}

std::vector<Windows> cut(const Windows& whole, const Stretches& stretches) {
    const Dim b = whole.text.shape()[0];
    const auto rows = [&](const Ints& ids, const Stretches::Stretch& s) {
        Ints some = Ints::from_shape({b, s.size()});
        for (Dim i = 0; i < b; ++i)
            std::copy_n(ids.data() + i * stretches.length() + s.begin, s.size(), some.data() + i * s.size());
        return some;
    };
    std::vector<Windows> all;
    for (const Stretches::Stretch& s : stretches.of(stretches.peers().rank()))
        all.push_back({rows(whole.text, s), rows(whole.next, s)});
    return all;
}

std::vector<Ints> texts_of(const std::vector<Windows>& stretches) {
    std::vector<Ints> all;
    for (const Windows& w : stretches) all.push_back(w.text);
    return all;
}

}  // namespace heed::charlm
