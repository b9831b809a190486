#pragma once
// The settings of a run on pairs of texts, of a program whose model reads the one and writes the other.
#include <filesystem>
#include <string>
#include <fmt/format.h>
#include <heed/nn/data/text/bpe.hpp>
#include <heed/nn/data/text/stream.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/program/options.hpp>

namespace heed::models {

// What a program's pairs are, and its words for them.
struct PairKind {
    const char* program = "";
    const char *text = "text", *targets = "texts";  // on each line of the one file, and of the other
    const char* sides = "sides";                    // both together
    const char* too_long = "text";                  // what is left out of training where it is too long
    bool cuts_sources = false;                      // a longer source is cut instead
    std::size_t longest_line = text::usual_line;    // bytes
};

// Throws UsageError where one of two files is given without the other.
inline void need_both(const std::string& a, const std::string& b, const char* flags) {
    if (a.empty() != b.empty())
        throw program::UsageError(fmt::format("{} go together: two files, line by line", flags));
}

struct PairOptions : program::RunOptions {
    PairKind kind;                       // the program's, no setting
    std::string source, target;          // line n of the one corresponds to line n of the other
    std::string dev_source, dev_target;  // none: the last fiftieth of the text, at most 1000 pairs, is held out
    Dim vocabulary = 4000;
    Dim tokens = 1024;  // of a batch, on its longer side, padding included
    double lr = 3e-3;
    double decay = 0.01;
    double ema = 0.999;
    Dim warmup = 400;
    Dim eval_examples = 1000;  // pairs

    explicit PairOptions(const PairKind& its) : kind(its) {}
    void check() const { need_both(dev_source, dev_target, "--dev-source and --dev-target"); }

    void declare_data(training::Settings& s) {
        const auto each = fmt::format("a file of UTF-8 text, plain or .gz: a {} on each line", kind.text);
        const auto other = fmt::format("their {}, line by line", kind.targets);
        const auto dev = fmt::format("{}s to evaluate on; none: a fiftieth of the text is held out", kind.text);
        s.add("source", source, each).required().may_change();
        s.add("target", target, other).required().may_change();
        s.add("dev_source", dev_source, dev).may_change();
        s.add("dev_target", dev_target, other).may_change();
        s.add("vocabulary", vocabulary, fmt::format("the most pieces to learn, of both {} together", kind.sides))
            .within(text::Bpe::first_merge, 1000000);
    }
    void declare_tokens(training::Settings& s) {
        s.add("tokens", tokens, "pieces in a batch, padding included").within(1, program::most_rows);
    }
    void declare_course(training::Settings& s) {
        s.add("lr", lr, "the highest learning rate").above(0);
        s.add("decay", decay, "of weights").within(0, 10);
        s.add("ema", ema, "decay of the average of weights that is measured and kept").within(0, 0.999999);
        s.add("warmup", warmup, "steps in which the rate rises").within(0);
    }
};

// What `eval` of such a program measures a model on.
struct PairEvalOptions : program::CommandOptions {
    std::string source = {}, target = {};  // none: the dev set of the run
    std::filesystem::path prepared = {};

    void check() const { need_both(source, target, "--source and --target"); }
    void declare(training::Settings& s, const char* sources, const char* targets) {  // in words, such as "texts"
        CommandOptions::declare(s);
        s.add("source", source, fmt::format("{} to evaluate on; none: the dev set of the run", sources));
        s.add("target", target, fmt::format("their {}, line by line", targets));
        program::declare_prepared(s, prepared);
    }
};

}  // namespace heed::models
