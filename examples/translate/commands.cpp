// The sub-commands eval, predict and attend of translate.
#include <cstdio>
#include <iostream>
#include <unistd.h>
#include <fmt/format.h>
#include <heed/examples/models/line_batches.hpp>
#include <heed/examples/models/pair_data.hpp>
#include <heed/examples/models/pair_page.hpp>
#include <heed/examples/translate/commands.hpp>
#include <heed/examples/translate/metrics.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/training/model_file.hpp>

namespace heed::translate {

int evaluate(const EvalOptions& options) {
    const auto trained = training::open_model<Model>(options.folder);
    Options config = program::read_options<Options>(options.folder);
    const BleuOptions bleu{.tokenize = options.tokenize.value_or(config.bleu.tokenize),
                           .lower_case = options.lower_case.value_or(config.bleu.lower_case),
                           .lower_casing = config.bleu.lower_casing};
    if (const std::string warning = bleu.warning(); !warning.empty()) fmt::print(stderr, "warning: {}\n", warning);
    if (!options.source.empty()) config.dev_source = options.source, config.dev_target = options.target;
    const program::Launch launch{.folder = options.folder, .prepared = options.prepared};
    const std::vector<TextPair> pairs = models::read_dev(config, launch, program::RunData::of(options.folder).cut());
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
    const bool interactive = options.sentences.empty() && ::isatty(STDIN_FILENO);
    models::LineBatches lines(interactive ? 1 : 8 * static_cast<std::size_t>(options.search.at_once),
                              [&](const std::vector<std::string>& sentences) {
                                  for (const std::string& line :
                                       translate_text(trained.model, trained.options.bpe, sentences, options.search))
                                      fmt::print("{}\n", line);
                              });
    for (const std::string& sentence : options.sentences) lines.take(sentence, "sentence");
    if (options.sentences.empty()) lines.take_all(std::cin, "standard input");
    lines.finish();
    return program::exit_ok;
}

int attend(const program::AttendOptions& options) {
    const auto trained = training::open_model<Model>(options.folder);
    const Bpe& bpe = trained.options.bpe;
    const std::string sentence = text::clean_line(options.input, "SENTENCE", 1);
    if (sentence.empty()) throw program::InputError("the sentence is empty; expected words to translate");
    const Ids source = text::encode_source(bpe, sentence);
    inspect::Page page = models::pair_page(
        bpe, {source, translate(trained.model, {source}, {}).front()}, fmt::format("“{}”", sentence),
        [&](const text::PairBatch& batch) { trained.model(batch.source, batch.lengths, batch.previous); });
    return write_attention(std::move(page), options);
}

}  // namespace heed::translate
