#pragma once
// Using a trained voice: measuring it, speaking a text, and showing its attention.
#include <heed/examples/speak/options.hpp>
#include <heed/nn/program/attend.hpp>

namespace heed::speak {

struct EvalOptions : program::CommandOptions {
    static constexpr const char* about = "measure a voice on the prompts kept back";
    std::filesystem::path listener = {};

    void declare(training::Settings& s) {
        CommandOptions::declare(s);
        s.add("listener", listener, "folder of a model of `frames --task prompts`, whose errors are counted");
    }
};

// Prints the mel-cepstral distortion, and with a listener its letter errors on recordings and on speech.
int evaluate(const EvalOptions& options);

struct PredictOptions : program::CommandOptions {
    static constexpr const char* about = "speak a text";
    std::string text = {};
    std::filesystem::path out = "speech.wav", alignment = {};
    double speed = 1;

    void declare(training::Settings& s) {
        CommandOptions::declare(s);
        s.add("text", text, "what is spoken").positional().required();
        s.add("out", out, "the WAV file that is written");
        s.add("alignment", alignment, "a PNG file for which letter is spoken when, beside the features");
        s.add("speed", speed, "how many times faster than the voice speaks").within(0.25, 4);
    }
};

// Writes the files, and prints how many times faster than real time that was.
int predict(const PredictOptions& options);

// Writes to which letters each letter attended.
int attend(const program::AttendOptions& options);

}  // namespace heed::speak
