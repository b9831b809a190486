// The sub-commands eval, predict and attend of translate.
#include <cstdio>
#include <iostream>
#include <unistd.h>
#include <fmt/format.h>
#include <heed/examples/translate/batches.hpp>
#include <heed/examples/translate/commands.hpp>
#include <heed/examples/translate/data.hpp>
#include <heed/examples/translate/metrics.hpp>
#include <heed/nn/inspect/page_of.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/training/model_file.hpp>

namespace heed::translate {
namespace {

std::vector<std::string> shown(const Bpe& bpe, const Ids& ids) {
    std::vector<std::string> pieces;
    for (const std::int64_t id : ids) pieces.push_back(id == Bpe::begin || id == Bpe::end ? "·" : bpe.piece(id));
    return pieces;
}

}  // namespace

int evaluate(const EvalOptions& options) {
    const auto trained = training::open_model<Model>(options.folder);
    Options config = program::read_options<Options>(options.folder);
    const BleuOptions bleu{.tokenize = options.tokenize.value_or(config.bleu.tokenize),
                           .lower_case = options.lower_case.value_or(config.bleu.lower_case),
                           .lower_casing = config.bleu.lower_casing};
    if (const std::string warning = bleu.warning(); !warning.empty()) fmt::print(stderr, "warning: {}\n", warning);
    if (!options.source.empty()) config.dev_source = options.source, config.dev_target = options.target;
    const program::Launch launch{.folder = options.folder, .prepared = options.prepared};
    const std::vector<Pair> pairs = read_dev(config, launch, program::RunData::of(options.folder).cut());
    const auto print = [&](const SearchOptions& search) {
        fmt::print("beam {}: {}\n", search.beam,
                   measure(trained.model, trained.options.bpe, pairs, search, bleu).text());
    };
    fmt::print("{} sentences, {}\n", pairs.size(), bleu.signature());
    print({.beam = 1});
    if (options.search.beam > 1) print(options.search);
    return program::exit_ok;
}

int predict(const PredictOptions& options) {
    const auto trained = training::open_model<Model>(options.folder);
    std::vector<std::string> waiting;
    const auto translate_waiting = [&] {
        for (const std::string& line : translate_text(trained.model, trained.options.bpe, waiting, options.search))
            fmt::print("{}\n", line);
        std::fflush(stdout);
        waiting.clear();
    };
    Dim number = 0;
    const auto take = [&](const std::string& line, const char* name) {
        try {
            waiting.push_back(text::clean_line(line, name, ++number));
        } catch (...) {
            translate_waiting();
            throw;
        }
    };
    for (const std::string& sentence : options.sentences) take(sentence, "sentence");
    if (options.sentences.empty()) {
        const std::size_t at_once = ::isatty(STDIN_FILENO) ? 1 : 8 * static_cast<std::size_t>(options.search.at_once);
        for (std::string line; std::getline(std::cin, line);) {
            take(line, "standard input");
            if (waiting.size() >= at_once) translate_waiting();
        }
    }
    translate_waiting();
    return program::exit_ok;
}

int attend(const AttendOptions& options) {
    const auto trained = training::open_model<Model>(options.folder);
    const Bpe& bpe = trained.options.bpe;
    const std::string sentence = text::clean_line(options.input, "SENTENCE", 1);
    if (sentence.empty()) throw program::InputError("the sentence is empty; expected words to translate");
    const Sample sample{encode_source(bpe, sentence),
                        translate(trained.model, {encode_source(bpe, sentence)}, {}).front()};
    const Batch batch = make_batch({&sample, 1});
    Ids before{Bpe::begin}, after = sample.target;
    before.insert(before.end(), sample.target.begin(), sample.target.end());
    after.push_back(Bpe::end);
    const std::vector<std::string> source = shown(bpe, sample.source), previous = shown(bpe, before);
    const std::vector<std::string> predicted = shown(bpe, after);
    const Lenses lenses;
    trained.model(batch.source, batch.lengths, batch.previous);
    inspect::Page page = inspect::page_of(
        lenses, fmt::format("“{}”", sentence),
        {{.path = "encoder", .queries = source, .from = "source pieces", .to = "source pieces"},
         {.path = "cross", .queries = predicted, .keys = source, .from = "predicted pieces", .to = "source pieces"},
         {.path = "decoder", .queries = previous, .from = "previous pieces", .to = "previous pieces"},
         {.queries = predicted, .keys = source, .from = "predicted pieces", .to = "source pieces"}});
    page.note = bpe.decode(sample.target);
    page.layer = static_cast<Dim>(page.layers.size()) - 1;
    return write_attention(std::move(page), options);
}

}  // namespace heed::translate
