#include <cstdio>
#include <iostream>
#include <unistd.h>
#include <fmt/format.h>
#include <heed/core/utf8.hpp>
#include <heed/examples/common/exit_code.hpp>
#include <heed/examples/pronounce/drawing.hpp>
#include <heed/examples/pronounce/folder.hpp>
#include <heed/examples/pronounce/score.hpp>
#include <heed/examples/pronounce/search.hpp>
#include <heed/examples/pronounce/use.hpp>

namespace heed::pronounce {
namespace {

// What each entry's word is pronounced like; nothing for a word with a letter that the model never saw.
std::vector<Phones> say_all(const Saved& saved, const std::vector<Entry>& entries, Dim beam) {
    std::vector<PhoneIds> words;
    std::vector<std::size_t> which;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        try {
            words.push_back(encode_word(saved.letters, entries[i].word));
            which.push_back(i);
        } catch (const UnknownLetter& e) {
            fmt::print(stderr, "warning: {}; counted as wrong\n", e.what());
        }
    }
    std::vector<Phones> said(entries.size());
    const std::vector<PhoneIds> ids = pronounce(saved.model, words, beam);
    for (std::size_t i = 0; i < ids.size(); ++i) said[which[i]] = decode_phones(saved.phones, ids[i]);
    return said;
}

std::vector<Entry> held_out(const std::filesystem::path& folder) {
    const Config config = examples::read_config<Config>(folder);
    std::vector<Entry> entries = select(read_dictionary(config.data), config.hold_out_test ? Part::test : Part::dev);
    if (entries.empty()) throw FileError(fmt::format("{}: holds back no words; give another list with --data", config.data));
    return entries;
}

void print_row(const char* what, const Score& s) {
    fmt::print("{:<10} {:>8} words  word error {:6.2f} %  phone error {:6.2f} %\n", what, s.words, 100 * s.word_error_rate(),
               100 * s.phone_error_rate());
}

void print_scores(const Saved& saved, const std::vector<Entry>& entries, const std::vector<Phones>& said, const char* search) {
    Score all = score(entries, said), fresh;
    for (std::size_t i = 0; i < entries.size(); ++i)
        if (!saved.was_trained_on(entries[i].word)) fresh.add(entries[i], said[i]);
    print_row(search, all);
    if (fresh.words && fresh.words != all.words) print_row("  unseen", fresh);
}

// The letters of the drawing: what encode_word() read, and the end of the word.
void show(const Saved& saved, const std::string& word, const PhoneIds& letters, const PhoneIds& said, const PredictOptions& options, bool first) {
    const Phones phones = decode_phones(saved.phones, said);
    fmt::print("{}  {}\n", utf8::printable(word), fmt::join(phones, " "));
    if (options.plain && (options.svg.empty() || !first)) return;
    Alignment drawing{word, {}, phones, align(saved.model, letters, said)};
    for (std::size_t i = 0; i + 1 < letters.size(); ++i) drawing.letters.push_back(saved.letters.symbol(letters[i]));
    drawing.letters.push_back("·");
    drawing.phones.push_back("·");
    if (!options.plain) fmt::print("{}", draw_text(drawing, training::terminal_of(STDOUT_FILENO)));
    if (first && !options.svg.empty()) write_svg(options.svg, drawing);
}

}  // namespace

int evaluate(const std::filesystem::path& folder, const EvalOptions& options) {
    const Saved saved = load_model(folder);
    const std::vector<Entry> entries = options.data.empty() ? held_out(folder) : read_dictionary(options.data);
    print_scores(saved, entries, say_all(saved, entries, 1), "greedy");
    if (options.beam > 1) print_scores(saved, entries, say_all(saved, entries, options.beam), fmt::format("beam {}", options.beam).c_str());
    return examples::exit_ok;
}

int predict(const std::filesystem::path& folder, const PredictOptions& options) {
    const Saved saved = load_model(folder);
    bool first = true, refused = false;
    const auto say = [&](const std::string& word) {
        try {
            const PhoneIds letters = encode_word(saved.letters, word);
            show(saved, word, letters, pronounce(saved.model, {letters}, options.beam).front(), options, first);
            first = false;
        } catch (const examples::InputError& e) {
            fmt::print(stderr, "{}\n", e.what());
            refused = true;
        }
    };
    for (const std::string& word : options.words) say(word);
    if (options.words.empty())
        for (std::string word; std::cin >> word;) say(word);
    return refused ? examples::exit_bad_input : examples::exit_ok;
}

}  // namespace heed::pronounce
