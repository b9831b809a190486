// The sub-commands eval, predict and attend of summarise.
#include <cstdio>
#include <iostream>
#include <unistd.h>
#include <fmt/format.h>
#include <heed/examples/models/line_batches.hpp>
#include <heed/examples/models/pair_data.hpp>
#include <heed/examples/models/pair_page.hpp>
#include <heed/examples/summarise/commands.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/training/model_file.hpp>
#include <heed/nn/training/run/terminal.hpp>

namespace heed::summarise {
namespace {

std::pair<const char*, const char*> marks_of(const std::string& option) {
    if (option == "always") return {"[", "]"};
    if (option == "auto" && training::terminal_of(STDOUT_FILENO).in_place) return {"\x1b[4m", "\x1b[24m"};
    return {"", ""};
}

}  // namespace

int evaluate(const EvalOptions& options) {
    const auto trained = training::open_model<Model>(options.folder);
    Options config = program::read_options<Options>(options.folder);
    if (!options.source.empty()) config.dev_source = options.source, config.dev_target = options.target;
    const program::Launch launch{.folder = options.folder, .prepared = options.prepared};
    const std::vector<text::TextPair> pairs =
        models::read_dev(config, launch, program::RunData::of(options.folder).cut());
    fmt::print("{} texts\nfirst sentences: {}\n", pairs.size(), measure_first_sentences(pairs).text());
    const auto print = [&](const SearchOptions& search) {
        fmt::print("beam {}: {}\n", search.beam, measure(trained.model, trained.options, pairs, search).text());
    };
    SearchOptions greedy = options.search;
    greedy.beam = 1;
    print(greedy);
    if (options.search.beam > 1) print(options.search);
    return program::exit_ok;
}

int predict(const PredictOptions& options) {
    const auto trained = training::open_model<Model>(options.folder);
    const std::pair marks = marks_of(options.marks);
    const bool from_input = options.file == "-";
    const std::string name = from_input ? "standard input" : options.file;
    Dim number = 0;
    const auto print = [&](const std::vector<std::string>& texts) {
        const std::vector<Summary> summaries = summarise(trained.model, trained.options, texts, options.search);
        for (std::size_t i = 0; i < texts.size(); ++i) {
            ++number;
            if (texts[i].empty()) fmt::print(stderr, "{}:{}: the text is empty\n", name, number);
            else if (summaries[i].pieces > static_cast<std::size_t>(trained.options.longest))
                fmt::print(stderr, "{}:{}: only the first {} of {} pieces are read\n", name, number,
                           trained.options.longest, summaries[i].pieces);
            fmt::print("{}\n", *marks.first ? with_marks(trained.model, trained.options, texts[i], summaries[i],
                                                         marks.first, marks.second)
                                            : summaries[i].text);
        }
    };
    const bool interactive = from_input && ::isatty(STDIN_FILENO);
    models::LineBatches lines(interactive ? 1 : 8 * static_cast<std::size_t>(options.search.at_once), print);
    if (from_input) lines.take_all(std::cin, name);
    else
        for (text::LineStream file(options.file, most_bytes); file.next();)
            lines.take(file.number() == 1 ? text::without_mark(file.line()) : file.line(), name);
    lines.finish();
    if (lines.lines() == 0)
        throw program::InputError(fmt::format("{} is empty; expected a text to summarise on each line", name));
    return program::exit_ok;
}

int attend(const program::AttendOptions& options) {
    const auto trained = training::open_model<Model>(options.folder);
    const std::string text = text::clean_line(options.input, "TEXT", 1);
    if (text.empty()) throw program::InputError("the text is empty; expected words to summarise");
    const Summary summary = summarise(trained.model, trained.options, {text}, {}).front();
    inspect::Page page = models::pair_page(trained.options.bpe, {encode_source(trained.options, text).ids, summary.ids},
                                           fmt::format("“{}”", summary.text),
                                           [&](const text::PairBatch& batch) { trained.model.copied(batch); });
    return write_attention(std::move(page), options);
}

}  // namespace heed::summarise
