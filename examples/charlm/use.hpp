#pragma once
// Using a trained model: measuring it, and going on with a text.
#include <filesystem>
#include <optional>
#include <string>
#include <heed/examples/charlm/corpus.hpp>
#include <heed/examples/charlm/sample.hpp>
#include <heed/examples/common/attend.hpp>
#include <heed/nn/quantize.hpp>

namespace heed::charlm {

using Weights = std::optional<Precision>;  // what they are rounded to; none: as they were trained

// Prints nats and bits a character of the whole of `data`, or where that is empty of the text that training held out.
int evaluate(const std::filesystem::path& folder, const std::filesystem::path& data, Weights weights);

struct PredictOptions {
    std::optional<std::string> prompt = {};  // none: default_prompt()
    Dim length = 500;  // characters after it
    SampleOptions sample = {};
    std::uint64_t seed = 1;
    Weights weights = {};
};

// Where a text may begin: behind a line's end, else behind a space, or at the first character that the model knows.
const std::string& default_prompt(const Alphabet& alphabet);

// Prints the prompt and what the model goes on with. Throws InputError for a prompt with an unknown character.
int predict(const std::filesystem::path& folder, const PredictOptions& options);

// Writes what each character of a text looked at. Throws InputError for an unknown character, no text, or one longer than a window of training.
int attend(const examples::AttendOptions& options);

}  // namespace heed::charlm
