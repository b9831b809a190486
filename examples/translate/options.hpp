#pragma once
// The options of a training run; written to its folder, and read again by --resume.
#include <heed/examples/translate/model.hpp>
#include <heed/nn/data/text/bleu.hpp>
#include <heed/nn/data/text/bpe.hpp>
#include <heed/nn/program/options.hpp>

namespace heed::translate {

using text::Bleu, text::BleuOptions;

inline constexpr const char* about_tokenize = "of BLEU: 13a, or none for text whose tokens are separated already";
inline constexpr const char* about_lower_case =
    "of BLEU: compare in lower case, by the rules of Unicode where the program has libicu";

// Throws UsageError where one of two files is given without the other.
void need_both(const std::string& a, const std::string& b, const char* flags);

struct Options : program::RunOptions {
    static constexpr const char* about = "train a model on parallel text";
    std::string source, target;          // parallel text, a sentence on each line
    std::string dev_source, dev_target;  // none: the last fiftieth of the text, at most 1000 pairs, is held out
    Dim vocabulary = 4000;
    ModelOptions model;
    Dim tokens = 1024;  // of a batch, on its longer side, padding included
    Dim longest = 200;  // pieces; longer sentences are left out of training
    double smoothing = 0.1;
    double lr = 3e-3;
    double decay = 0.01;
    double ema = 0.999;
    Dim warmup = 400;
    Dim eval_examples = 1000;  // sentences
    BleuOptions bleu;
    void check() const { need_both(dev_source, dev_target, "--dev-source and --dev-target"); }
    void declare(training::Settings& s) {
        using namespace program;
        using namespace text;
        s.add("source", source, "a file of UTF-8 text, plain or .gz: a sentence on each line").required().may_change();
        s.add("target", target, "their translations, line by line").required().may_change();
        s.add("dev_source", dev_source, "sentences to evaluate on; none: a fiftieth of the text is held out")
            .may_change();
        s.add("dev_target", dev_target, "their translations, line by line").may_change();
        s.add("vocabulary", vocabulary, "the most pieces to learn, of both languages together")
            .within(Bpe::first_merge, 1000000);
        model.declare(s);
        s.add("tokens", tokens, "pieces in a batch, padding included").within(1, most_rows);
        s.add("longest", longest, "pieces; pairs with a longer sentence are left out").within(1, most_rows);
        s.add("smoothing", smoothing, "label smoothing").within(0, 0.99);
        s.add("lr", lr, "the highest learning rate").above(0);
        s.add("decay", decay, "of weights").within(0, 10);
        s.add("ema", ema, "decay of the average of weights that is measured and kept").within(0, 0.999999);
        s.add("warmup", warmup, "steps in which the rate rises").within(0);
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
