#pragma once
// Using a trained model: evaluating it, continuing a text, and showing its attention.
#include <filesystem>
#include <optional>
#include <string>
#include <heed/examples/charlm/corpus.hpp>
#include <heed/examples/charlm/sample.hpp>
#include <heed/nn/program/attend.hpp>

namespace heed::charlm {

// A trained model, as it is or with quantized weights.
struct LoadOptions : program::CommandOptions {
    std::string weights = {};  // what they are quantized to; none: as they were trained

    void declare(training::Settings& s) {
        CommandOptions::declare(s);
        s.add("weights", weights, "quantize the weights, so that a character reads less memory: bfloat16 or int8")
            .one_of({"bfloat16", "int8"});
    }
};

struct EvalOptions : LoadOptions {
    static constexpr const char* about = "evaluate a model: nats and bits a character";
    std::filesystem::path data = {}, prepared = {};

    void declare(training::Settings& s) {
        LoadOptions::declare(s);
        program::declare_prepared(s, prepared);
        s.add("data", data, "a file of text; without it, what training held out");
    }
};

// Prints nats and bits a character.
int evaluate(const EvalOptions& options);

struct PredictOptions : LoadOptions {
    static constexpr const char* about = "continue a text";
    std::optional<std::string> prompt = {};  // none: default_prompt()
    Dim length = 500;
    SampleOptions sample = {};
    std::uint64_t seed = 1;

    void declare(training::Settings& s) {
        LoadOptions::declare(s);
        s.add("prompt", prompt, "the text to continue; unless given a newline, or if the model knows none a space");
        s.add("length", length, "characters").within(1);
        s.add("temperature", sample.temperature, "above 1 more varied, below 1 less, 0 the likeliest always")
            .within(0, 100);
        s.add("top_k", sample.top_k, "only this many of the likeliest characters; 0: all").within(0);
        s.add("top_p", sample.top_p, "only the likeliest characters that together have this probability")
            .within(1e-9, 1);
        s.add("seed", seed, "of the choices");
    }
};

// The prompt where none is given: a newline, else a space, else the first character of the alphabet.
const std::string& default_prompt(const text::Vocabulary& alphabet);

// Prints the prompt and the model's continuation. Throws InputError for a prompt with an unknown character.
int predict(const PredictOptions& options);

// Writes what each character of a text attended to. Throws InputError for an unknown character, no text, or one longer
// than a window of training.
int attend(const program::AttendOptions& options);

}  // namespace heed::charlm
