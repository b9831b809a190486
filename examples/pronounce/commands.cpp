// The sub-commands eval, predict and attend of pronounce.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>
#include <unistd.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/core/base/utf8.hpp>
#include <heed/examples/pronounce/commands.hpp>
#include <heed/examples/pronounce/data.hpp>
#include <heed/examples/pronounce/drawing.hpp>
#include <heed/examples/pronounce/metrics.hpp>
#include <heed/examples/pronounce/search.hpp>
#include <heed/nn/data/warnings.hpp>
#include <heed/nn/inspect/page/write.hpp>
#include <heed/nn/inspect/page_of.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/training/model_file.hpp>

namespace heed::pronounce {
namespace {

// A trained model with its vocabularies.
struct Trained : training::Trained<Model> {
    Vocabulary letters, phones;
    explicit Trained(const std::filesystem::path& folder)
        : training::Trained<Model>(training::open_model<Model>(folder)), letters(options.letters),
          phones(options.phones) {}
    LowerCase how() const { return options.how(); }
    bool was_trained_on(const std::string& word) const { return options.was_seen(word); }
};

// The predicted phones of each entry's word; none for a word with a letter that is not in the vocabulary.
std::vector<Phones> predict_all(const Trained& trained, const std::vector<Entry>& entries, Dim beam,
                                data::Warnings& warnings) {
    std::vector<PhoneIds> words;
    std::vector<std::size_t> which;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        try {
            words.push_back(encode_word(trained.letters, entries[i].word));
            which.push_back(i);
        } catch (const UnknownLetter& e) {
            warnings.add("unknown letter", fmt::format("{}; counted as wrong", e.what()));
        }
    }
    std::vector<Phones> predicted(entries.size());
    const std::vector<PhoneIds> ids = pronounce(trained.model, words, beam);
    for (std::size_t i = 0; i < ids.size(); ++i) predicted[which[i]] = decode_phones(trained.phones, ids[i]);
    return predicted;
}

// Words to measure, of which some are in memory at a time.
struct Words {
    std::size_t size = 0;
    std::function<std::vector<Entry>(std::size_t from, std::size_t n)> some;
};

Words held_out(const EvalOptions& options, const Trained& trained) {
    Options config = program::read_options<Options>(options.folder);
    config.model.lower_casing = trained.options.lower_casing;
    const auto data =
        std::make_shared<const Data>(read_data(config, {.folder = options.folder, .prepared = options.prepared}));
    const std::vector<std::uint32_t>& which = config.hold_out_test ? data->test : data->dev;
    if (which.empty())
        throw FileError(fmt::format("{}: holds back no words; give another list with --data", config.data));
    return {which.size(), [data, &which](std::size_t from, std::size_t n) {
                return data->entries(std::span(which).subspan(from, n));
            }};
}

Words listed(const EvalOptions& options, const Trained& trained) {
    const auto all = std::make_shared<const std::vector<Entry>>(read_dictionary(options.data, trained.how()));
    return {all->size(), [all](std::size_t from, std::size_t n) {
                const auto begin = all->begin() + static_cast<std::ptrdiff_t>(from);
                return std::vector<Entry>(begin, begin + static_cast<std::ptrdiff_t>(n));
            }};
}

void print_row(const char* what, const Score& s) {
    fmt::print("{:<10} {:>8} words  word error {:6.2f} %  phone error {:6.2f} %\n", what, s.words,
               100 * s.word_error_rate(), 100 * s.phone_error_rate());
}

void print_scores(const Trained& trained, const Words& words, Dim beam, const std::string& search) {
    constexpr std::size_t at_once = 1024;
    Score all, fresh;
    data::Warnings warnings;
    training::Progress progress(
        {.label = "measure", .unit = "words", .counts = "words", .total = static_cast<Dim>(words.size)});
    for (std::size_t from = 0; from < words.size; from += at_once) {
        const std::vector<Entry> entries = words.some(from, std::min(at_once, words.size - from));
        const std::vector<Phones> predicted = predict_all(trained, entries, beam, warnings);
        for (std::size_t i = 0; i < entries.size(); ++i) {
            all.add(entries[i], predicted[i]);
            if (!trained.was_trained_on(entries[i].word)) fresh.add(entries[i], predicted[i]);
        }
        progress.update(all.words, static_cast<double>(entries.size()), 0);
    }
    progress.finish();
    print_row(search.c_str(), all);
    if (fresh.words && fresh.words != all.words) print_row("  unseen", fresh);
}

// The labels of an attention's positions: the letters of encode_word(), the phones, and at the end of both a point.
std::vector<std::string> shown_letters(const Trained& trained, const PhoneIds& letters) {
    std::vector<std::string> shown;
    for (std::size_t i = 0; i + 1 < letters.size(); ++i) shown.push_back(trained.letters.symbol(letters[i]));
    shown.push_back("·");
    return shown;
}
std::vector<std::string> shown_phones(const Trained& trained, const PhoneIds& predicted) {
    std::vector<std::string> shown = decode_phones(trained.phones, predicted);
    shown.push_back("·");
    return shown;
}

// Every attention of the model while it predicted these phones. The page opens with the last one: the decoder's over
// the letters.
inspect::Page attention_page(const Trained& trained, const std::string& word, const PhoneIds& letters,
                             const PhoneIds& predicted) {
    const std::vector<std::string> read = shown_letters(trained, letters), phones = shown_phones(trained, predicted);
    std::vector<std::string> before{"·"};
    before.insert(before.end(), phones.begin(), phones.end() - 1);
    const Lenses lenses;
    align(trained.model, letters, predicted);
    inspect::Page page =
        inspect::page_of(lenses, fmt::format("How “{}” was read", word),
                         {{.path = "encoder", .queries = read, .from = "letters", .to = "letters"},
                          {.path = "cross", .queries = phones, .keys = read, .from = "phones", .to = "letters"},
                          {.path = "decoder", .queries = before, .from = "previous phones", .to = "previous phones"},
                          {.queries = phones, .keys = read, .from = "phones", .to = "letters"}});
    page.note = fmt::format("{}", fmt::join(phones.begin(), phones.end() - 1, " "));
    page.layer = static_cast<Dim>(page.layers.size()) - 1;
    return page;
}

void show(const Trained& trained, const std::string& word, const PhoneIds& letters, const PhoneIds& predicted,
          const PredictOptions& options, bool first) {
    fmt::print("{}  {}\n", utf8::printable(word), fmt::join(decode_phones(trained.phones, predicted), " "));
    if (!options.plain) {
        const Alignment drawing{shown_letters(trained, letters), shown_phones(trained, predicted),
                                align(trained.model, letters, predicted)};
        fmt::print("{}", draw_text(drawing, training::terminal_of(STDOUT_FILENO)));
    }
    if (first && !options.svg.empty())
        inspect::write_svg(options.svg, attention_page(trained, word, letters, predicted));
}

}  // namespace

int evaluate(const EvalOptions& options) {
    const Trained trained(options.folder);
    const Words words = options.data.empty() ? held_out(options, trained) : listed(options, trained);
    print_scores(trained, words, 1, "greedy");
    if (options.beam > 1) print_scores(trained, words, options.beam, fmt::format("beam {}", options.beam));
    return program::exit_ok;
}

int predict(const PredictOptions& options) {
    const Trained trained(options.folder);
    bool first = true, refused = false;
    const auto predict_word = [&](const std::string& word) {
        try {
            const PhoneIds letters = encode_word(trained.letters, word, trained.how());
            show(trained, word, letters, pronounce(trained.model, {letters}, options.beam).front(), options, first);
            first = false;
        } catch (const program::InputError& e) {
            fmt::print(stderr, "{}\n", e.what());
            refused = true;
        }
    };
    for (const std::string& word : options.words) predict_word(word);
    if (options.words.empty())
        for (std::string word; std::cin >> word;) predict_word(word);
    return refused ? program::exit_bad_input : program::exit_ok;
}

int attend(const program::AttendOptions& options) {
    const Trained trained(options.folder);
    const PhoneIds letters = encode_word(trained.letters, options.input, trained.how());
    constexpr Dim beam = 3;
    const PhoneIds predicted = pronounce(trained.model, {letters}, beam).front();
    return write_attention(attention_page(trained, options.input, letters, predicted), options);
}

}  // namespace heed::pronounce
