#pragma once
// Using a trained model: measuring it, and translating.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>
#include <heed/examples/common/attend.hpp>
#include <heed/examples/translate/bleu.hpp>
#include <heed/examples/translate/search.hpp>

namespace heed::translate {

struct EvalOptions {
    std::string source = {}, target = {};  // none: what training measured by
    SearchOptions search = {};
    std::optional<std::string> tokenize = {};  // of BLEU; none: as training did
    std::optional<bool> lower_case = {};       // the same
};

// Prints BLEU, greedy and by beam search.
int evaluate(const std::filesystem::path& folder, const EvalOptions& options);

struct PredictOptions {
    std::vector<std::string> sentences = {};  // none: the lines of standard input
    SearchOptions search = {};
};

// Prints the translation of each sentence, on a line of its own; of an empty one an empty line. Throws FileError, naming the line, for one that is
// not UTF-8, once those before it are translated.
int predict(const std::filesystem::path& folder, const PredictOptions& options);

// The page of where the model looked while it read and translated a sentence. Throws InputError for one without pieces.
int attend(const examples::AttendOptions& options);

}  // namespace heed::translate
