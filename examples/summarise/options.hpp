#pragma once
// The options of a training run; written to its folder, and read again by --resume.
#include <heed/examples/models/pair_options.hpp>
#include <heed/examples/summarise/model.hpp>

namespace heed::summarise {

inline constexpr std::size_t most_bytes = std::size_t{1} << 26;  // of a text; what a model does not read is cut off

struct Options : models::PairOptions {
    static constexpr const char* about = "train a model on long texts and short ones";
    ModelOptions model;
    double coverage = 0.2;
    Options()
        : PairOptions({.program = "summarise",
                       .targets = "summaries",
                       .too_long = "summary",
                       .cuts_sources = true,
                       .longest_line = most_bytes}) {
        vocabulary = 6000, tokens = 4096, lr = 2e-3, eval_examples = 300;
    }
    void declare(training::Settings& s) {
        declare_data(s);
        model.declare(s);
        declare_tokens(s);
        s.add("coverage", coverage, "weight of the loss of reading the same again").within(0, 100);
        declare_course(s);
        program::declare_eval_examples(s, eval_examples, 0);
        RunOptions::declare(s);
    }
};

// Trains as `config` says; returns and throws as models::train_on_pairs(). Texts are cut as the model's options say,
// and summaries with more pieces than that are left out.
int train(Options config, const program::Launch& launch);

}  // namespace heed::summarise
