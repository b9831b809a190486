#pragma once
// The sub-commands: training a model, and using it: evaluating it, pronouncing words, and showing its attention.
#include <filesystem>
#include <string>
#include <vector>
#include <heed/examples/pronounce/options.hpp>
#include <heed/nn/program/attend.hpp>

namespace heed::pronounce {

// Trains as `config` says. Returns an exit code: 0, or 130 and 143 after a signal, when a checkpoint is saved. Throws
// FileError, IoError, FolderError, and NumberError (naming the op) for a loss that is not finite.
int train(Options config, const program::Launch& launch);

struct EvalOptions : program::CommandOptions {
    static constexpr const char* about = "evaluate a model: word and phone error rates";
    std::filesystem::path data = {};  // empty: the words that training held out
    std::filesystem::path prepared = {};
    Dim beam = 3;

    void declare(training::Settings& s) {
        CommandOptions::declare(s);
        s.add("data", data, "dictionary; without it, the words that training held out");
        program::declare_prepared(s, prepared);
        s.add("beam", beam, "width of the beam search, beside greedy").within(1);
    }
};

// Prints word and phone error rates, greedy and by beam search, for all words and for those the model was not trained
// on.
int evaluate(const EvalOptions& options);

struct PredictOptions : program::CommandOptions {
    static constexpr const char* about = "pronounce words, and show where the model attended";
    std::vector<std::string> words = {};  // none: standard input
    std::filesystem::path svg = {};
    Dim beam = 3;
    bool plain = false;

    void declare(training::Settings& s) {
        CommandOptions::declare(s);
        s.add("words", words, "words; without any, they are read from standard input").positional();
        s.add("svg", svg, "draw the alignment of the first word into this file");
        s.add("beam", beam, "width of the beam search").within(1);
        s.add("plain", plain, "phones only, no drawing");
    }
};

// Prints each word's phones and alignment. A word with an unknown letter is refused, and the others are still
// predicted; then the exit code is 65.
int predict(const PredictOptions& options);

// Writes where the model attended while it pronounced a word. Throws InputError for an unknown letter.
int attend(const program::AttendOptions& options);

}  // namespace heed::pronounce
