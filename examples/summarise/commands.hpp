#pragma once
// Using a trained model: evaluating it, summarising, and showing its attention.
#include <heed/examples/summarise/options.hpp>
#include <heed/examples/summarise/search.hpp>
#include <heed/nn/program/attend.hpp>

namespace heed::summarise {

struct EvalOptions : models::PairEvalOptions {
    static constexpr const char* about = "evaluate a model by ROUGE as rouge_score computes it with its stemmer";
    SearchOptions search = {};

    void declare(training::Settings& s) {
        PairEvalOptions::declare(s, "texts", "summaries");
        search.declare(s);
    }
};

// Prints ROUGE of the texts' first sentences, and of the model's summaries, greedy and by beam search.
int evaluate(const EvalOptions& options);

struct PredictOptions : program::CommandOptions {
    static constexpr const char* about = "summarise texts";
    std::string file = {};
    std::string marks = "auto";
    SearchOptions search = {};

    void declare(training::Settings& s) {
        CommandOptions::declare(s);
        s.add("file", file, "UTF-8, plain or .gz: a text on each line; -: standard input").positional().required();
        s.add("marks", marks, "copied words: underlined in a terminal (auto), [marked] always, or never")
            .one_of({"auto", "always", "never"});
        search.declare(s);
    }
};

// Prints the summary of each text, on a line of its own; of an empty one an empty line. Notes on standard error say
// which texts are empty, and which are longer than what the model reads. Throws FileError, naming the line, for one
// that is not UTF-8, once those before it are summarised; InputError where there is no text at all.
int predict(const PredictOptions& options);

// Writes where the model attended while it summarised a text. Throws InputError for one without pieces.
int attend(const program::AttendOptions& options);

}  // namespace heed::summarise
