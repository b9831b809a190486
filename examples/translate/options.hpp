#pragma once
// The options of a training run; written to its folder, and read again by --resume.
#include <heed/examples/models/pair_options.hpp>
#include <heed/examples/translate/model.hpp>
#include <heed/nn/data/text/metrics/bleu.hpp>

namespace heed::translate {

using text::Bleu, text::BleuOptions;

inline constexpr const char* about_tokenize = "of BLEU: 13a, or none for text whose tokens are separated already";
inline constexpr const char* about_lower_case =
    "of BLEU: compare in lower case, by the rules of Unicode where the program has libicu";

struct Options : models::PairOptions {
    static constexpr const char* about = "train a model on parallel text";
    ModelOptions model;
    Dim longest = 200;  // pieces; longer sentences are left out of training
    double smoothing = 0.1;
    BleuOptions bleu;
    Options()
        : PairOptions({.program = "translate",
                       .text = "sentence",
                       .targets = "translations",
                       .sides = "languages",
                       .too_long = "sentence"}) {}
    void declare(training::Settings& s) {
        using namespace program;
        using namespace text;
        declare_data(s);
        model.declare(s);
        declare_tokens(s);
        s.add("longest", longest, "pieces; pairs with a longer sentence are left out").within(1, most_rows);
        s.add("smoothing", smoothing, "label smoothing").within(0, 0.99);
        declare_course(s);
        s.add("tokenize", bleu.tokenize, about_tokenize).one_of({"13a", "none"});
        s.add("lower_case", bleu.lower_case, about_lower_case);
        s.add("lower_casing", bleu.lower_casing)
            .no_flag()
            .one_of(lower_case_names())
            .added_later(name_of(LowerCase::letters));
        declare_eval_examples(s, eval_examples, 0);
        RunOptions::declare(s);
    }
};

}  // namespace heed::translate
