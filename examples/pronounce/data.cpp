// Preparing a dictionary, and its split.
#include <algorithm>
#include <array>
#include <filesystem>
#include <numeric>
#include <set>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/core/base/random.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/examples/pronounce/data.hpp>
#include <heed/nn/data/text/lines.hpp>

namespace heed::pronounce {
namespace {

using Symbols = std::vector<std::string>;

bool is_utf8(const std::string& path, program::Making& making) {
    bool all = true;
    for (text::LineStream lines(path); lines.next(); making.at(lines.file_at()))
        all = all && utf8::is_utf8(lines.line());
    making.end_pass();
    return all;
}

// Calls use(word, phones) for each pronunciation of the file.
template <class Use>
void each_pronunciation(const std::string& path, bool utf8, LowerCase how, program::Making& making, const Use& use) {
    for (text::LineStream lines(path); lines.next(); making.at(lines.file_at())) {
        const std::string_view line = lines.number() == 1 ? text::without_mark(lines.line()) : lines.line();
        if (const auto one = parse_line(line, path, static_cast<std::size_t>(lines.number()), utf8, how))
            use(one->word, one->phones);
    }
    making.end_pass();
}

// The order in which pronunciations are stored, by the hashes of their words: with the first one of the same word.
std::vector<std::uint32_t> grouped(std::vector<std::uint64_t> words) {
    std::vector<std::uint32_t> order(words.size()), first(words.size());
    std::iota(order.begin(), order.end(), std::uint32_t{0});
    std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return words[i]; });
    for (std::size_t i = 0; i < order.size(); ++i)
        first[order[i]] = i > 0 && words[order[i]] == words[order[i - 1]] ? first[order[i - 1]] : order[i];
    std::iota(order.begin(), order.end(), std::uint32_t{0});
    std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return first[i]; });
    return order;
}

// The letters of a row without the end marker.
std::string word_of(const Vocabulary& letters, const std::vector<std::int64_t>& ids) {
    std::string word;
    for (const std::int64_t id : ids)
        if (id != Vocabulary::end) word += letters.symbol(id);
    return word;
}

// What RunData records of the words, for either split.
class Summary {
public:
    void add(const std::string& word, const std::vector<Phones>& pronunciations) {
        std::string lines;
        for (const Phones& phones : pronunciations) lines += fmt::format("{}\n", fmt::join(phones, " "));
        const Part part = part_of(word);
        if (part == Part::test) test_.emplace_back(word, std::move(lines));
        else (part == Part::train ? train_ : dev_).add({word, lines});
    }
    // Of the words to train on and of those held out. The test words come last, wherever they are.
    nlohmann::json notes(bool hold_out_test) const {
        program::Examples train = train_, held_out = dev_;
        for (const auto& [word, lines] : test_) (hold_out_test ? held_out : train).add({word, lines});
        return {train.count, train.hash, held_out.count, held_out.hash};
    }

private:
    program::Examples train_, dev_;
    std::vector<std::pair<std::string, std::string>> test_;
};

void add_rows(data::PreparedWriter& writer, const data::RowPair& pair) {
    writer.add(pair.source);
    writer.end_row();
    writer.add(pair.target);
    writer.end_row();
}

program::PreparedData make(const std::string& path, LowerCase how, const DataOptions& options,
                           program::Making& making) {
    const bool utf8 = is_utf8(path, making);
    std::vector<std::uint64_t> words;  // of each pronunciation
    std::set<std::string> letters_seen, phones_seen;
    each_pronunciation(path, utf8, how, making, [&](const std::string& word, const Phones& phones) {
        words.push_back(hash_text(word));
        for (std::string& letter : utf8::code_points(word)) letters_seen.insert(std::move(letter));
        phones_seen.insert(phones.begin(), phones.end());
    });
    if (words.empty()) refuse_empty(path);
    const Vocabulary letters(options.letters.value_or(Symbols(letters_seen.begin(), letters_seen.end())));
    const Vocabulary phones(options.phones.value_or(Symbols(phones_seen.begin(), phones_seen.end())));
    const Dim below = std::max(letters.size(), phones.size());

    // In the order of the file first; that file is gone as soon as it is mapped.
    const std::string unsorted = making.path().empty() ? "" : making.path() + ".unsorted";
    const auto in_order = [&] {
        data::PreparedWriter lines(unsorted, below);
        each_pronunciation(path, utf8, how, making, [&](const std::string& word, const Phones& of_word) {
            add_rows(lines, encode({{word, {of_word}}}, letters, phones).front());
        });
        return lines.finish("");
    };
    const data::RowPairs all(in_order());
    if (!unsorted.empty()) std::filesystem::remove(unsorted);

    data::PreparedWriter writer(making.path(), below);
    Summary summary;
    std::vector<std::int64_t> word;  // the one that is being written, and its pronunciations
    std::vector<Phones> known;
    const auto end_word = [&] {
        if (!known.empty()) summary.add(word_of(letters, word), known);
        known.clear();
    };
    for (const std::uint32_t n : grouped(std::move(words))) {
        data::RowPair pair = all.at(std::size_t{n});
        if (pair.source != word) end_word();
        Phones of_pair = decode_phones(phones, pair.target);
        if (std::ranges::find(known, of_pair) != known.end()) continue;
        add_rows(writer, pair);
        word = std::move(pair.source);
        known.push_back(std::move(of_pair));
    }
    end_word();
    return making.finish(writer, {{"letters", letters.symbols()},
                                  {"phones", phones.symbols()},
                                  {"test_held_out", summary.notes(true)},
                                  {"test_trained", summary.notes(false)}});
}

// Splits the words; words of the test part are trained on after the others, unless they are held out.
void split(Data& data, const Options& config) {
    const data::RowPairs all(data.prepared.ids());
    std::vector<std::uint32_t> trained_test;
    std::vector<std::int64_t> last;
    Part part = Part::train;
    for (std::uint32_t n = 0; n < all.size(); ++n) {
        std::vector<std::int64_t> letters = data.prepared.ids().row(2 * Dim{n}).vector();
        if (letters != last) {
            const std::string word = word_of(data.letters, letters);
            part = part_of(word);
            if (part == Part::dev) data.dev.push_back(n);
            else if (part == Part::test && config.hold_out_test) data.test.push_back(n);
            else data.seen.push_back(word_hash(word));
            last = std::move(letters);
        }
        if (part == Part::train) data.train.push_back(n);
        else if (part == Part::test && !config.hold_out_test) trained_test.push_back(n);
    }
    data.train.insert(data.train.end(), trained_test.begin(), trained_test.end());
    std::ranges::sort(data.seen);
    const auto summary =
        data.prepared.note<std::array<std::uint64_t, 4>>(config.hold_out_test ? "test_held_out" : "test_trained");
    data.train_words = {static_cast<Dim>(summary[0]), summary[1]};
    data.held_out_words = {static_cast<Dim>(summary[2]), summary[3]};
}

Data prepare(const Options& config, const program::Launch& launch, const DataOptions& options) {
    program::Preparation what{.kind = "pronounce", .files = {config.data}, .passes = 3};
    what.settings["lower_casing"] = config.model.lower_casing;
    if (options.letters) what.settings["letters"] = *options.letters;
    if (options.phones) what.settings["phones"] = *options.phones;
    program::PreparedData made = program::prepare(
        launch, what, [&](program::Making& making) { return make(config.data, config.model.how(), options, making); });
    Vocabulary letters(made.note<Symbols>("letters")), phones(made.note<Symbols>("phones"));
    return {std::move(made), std::move(letters), std::move(phones), {}, {}, {}, {}, {}, {}};
}

}  // namespace

std::vector<Entry> Data::entries(std::span<const std::uint32_t> first_pairs) const {
    const data::RowPairs all(prepared.ids());
    std::vector<Entry> some;
    for (const std::uint32_t first : first_pairs) {
        data::RowPair pair = all.at(std::size_t{first});
        Entry& entry = some.emplace_back(Entry{word_of(letters, pair.source), {decode_phones(phones, pair.target)}});
        for (std::size_t n = first + std::size_t{1}; n < all.size(); ++n) {
            const data::RowPair next = all.at(n);
            if (next.source != pair.source) break;
            entry.pronunciations.push_back(decode_phones(phones, next.target));
        }
    }
    return some;
}

Data read_data(const Options& config, const program::Launch& launch, const DataOptions& options) {
    Data data = prepare(config, launch, {});
    if (options.letters.value_or(data.letters.symbols()) != data.letters.symbols() ||
        options.phones.value_or(data.phones.symbols()) != data.phones.symbols())
        data = prepare(config, launch, options);
    split(data, config);
    return data;
}

}  // namespace heed::pronounce
