#pragma once
// Using a trained model: measuring it, and going on with a text.
#include <filesystem>
#include <string>
#include <heed/examples/charlm/sample.hpp>

namespace heed::charlm {

// Prints nats and bits a character of the whole of `data`, or where that is empty of the text that training held out.
int evaluate(const std::filesystem::path& folder, const std::filesystem::path& data);

struct PredictOptions {
    std::string prompt = "\n";
    Dim length = 500;  // characters after it
    SampleOptions sample = {};
    std::uint64_t seed = 1;
};

// Prints the prompt and what the model goes on with. Throws InputError for a prompt with an unknown character.
int predict(const std::filesystem::path& folder, const PredictOptions& options);

}  // namespace heed::charlm
