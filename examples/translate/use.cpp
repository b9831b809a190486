#include <cstdio>
#include <iostream>
#include <unistd.h>
#include <fmt/format.h>
#include <heed/examples/common/exit_code.hpp>
#include <heed/examples/translate/folder.hpp>
#include <heed/examples/translate/score.hpp>
#include <heed/examples/translate/train.hpp>
#include <heed/examples/translate/use.hpp>

namespace heed::translate {

int evaluate(const std::filesystem::path& folder, const EvalOptions& options) {
    const Saved saved = load_model(folder);
    Config config = examples::read_config<Config>(folder);
    const BleuOptions bleu = options.bleu.value_or(config.bleu);
    if (!options.source.empty()) config.dev_source = options.source, config.dev_target = options.target;
    const std::vector<Pair> pairs = read_dev(config);
    const auto print = [&](const SearchOptions& search) {
        fmt::print("beam {}: {}\n", search.beam, measure(saved.model, saved.bpe, pairs, search, bleu).text());
    };
    fmt::print("{} sentences, {}\n", pairs.size(), bleu.signature());
    print({.beam = 1});
    if (options.search.beam > 1) print(options.search);
    return examples::exit_ok;
}

int predict(const std::filesystem::path& folder, const PredictOptions& options) {
    const Saved saved = load_model(folder);
    std::vector<std::string> waiting;
    const auto translate_waiting = [&] {
        for (const std::string& said : translate_text(saved.model, saved.bpe, waiting, options.search)) fmt::print("{}\n", said);
        std::fflush(stdout);
        waiting.clear();
    };
    Dim number = 0;
    const auto take = [&](const std::string& line, const char* name) {
        try {
            waiting.push_back(clean_line(line, name, ++number));
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
    return examples::exit_ok;
}

}  // namespace heed::translate
