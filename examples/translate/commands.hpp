#pragma once
// Using a trained model: evaluating it, translating, and showing its attention.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>
#include <heed/examples/translate/options.hpp>
#include <heed/examples/translate/search.hpp>
#include <heed/nn/program/attend.hpp>

namespace heed::translate {

inline void declare_search(training::Settings& s, SearchOptions& o) {
    s.add("beam", o.beam, "hypotheses of a sentence; 1: greedy").within(1);
    s.add("length_penalty", o.length_penalty, "above 1 longer translations, below 1 shorter ones").within(-10, 10);
}

struct EvalOptions : models::PairEvalOptions {
    static constexpr const char* about =
        "evaluate a model by BLEU as sacrebleu computes it, with the rules of training where none are given";
    SearchOptions search = {};
    std::optional<std::string> tokenize = {};  // of BLEU; none: as training did
    std::optional<bool> lower_case = {};       // the same

    void declare(training::Settings& s) {
        PairEvalOptions::declare(s, "sentences", "translations");
        declare_search(s, search);
        s.add("tokenize", tokenize, about_tokenize).one_of({"13a", "none"});
        s.add("lower_case", lower_case, about_lower_case).negated("keep-case");
    }
};

// Prints BLEU, greedy and by beam search.
int evaluate(const EvalOptions& options);

struct PredictOptions : program::CommandOptions {
    static constexpr const char* about = "translate sentences";
    std::vector<std::string> sentences = {};  // none: the lines of standard input
    SearchOptions search = {};

    void declare(training::Settings& s) {
        CommandOptions::declare(s);
        s.add("sentences", sentences, "each one in quotes; without any, the lines of standard input").positional();
        declare_search(s, search);
    }
};

// Prints the translation of each sentence, on a line of its own; of an empty one an empty line. Throws FileError,
// naming the line, for one that is not UTF-8, once those before it are translated.
int predict(const PredictOptions& options);

// Writes where the model attended while it translated a sentence. Throws InputError for one without pieces.
int attend(const program::AttendOptions& options);

}  // namespace heed::translate
