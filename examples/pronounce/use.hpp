#pragma once
// Using a trained model: measuring it, and pronouncing words.
#include <filesystem>
#include <string>
#include <vector>
#include <heed/core/real.hpp>
#include <heed/examples/common/attend.hpp>

namespace heed::pronounce {

struct EvalOptions {
    std::filesystem::path data = {};  // empty: the words that training held out
    Dim beam = 3;
};

// Prints word and phone error rates, greedy and by beam search, for all words and for those the model was not trained on.
int evaluate(const std::filesystem::path& folder, const EvalOptions& options);

struct PredictOptions {
    std::vector<std::string> words = {};  // none: standard input
    std::filesystem::path svg = {};
    Dim beam = 3;
    bool plain = false;
};

// Prints each word's phones and alignment. A word with an unknown letter is refused, and the others are still said; then
// the exit code is 65.
int predict(const std::filesystem::path& folder, const PredictOptions& options);

// Writes where the model looked while it said a word. Throws InputError for an unknown letter.
int attend(const examples::AttendOptions& options);

}  // namespace heed::pronounce
