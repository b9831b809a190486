#pragma once
// Using a trained model: evaluating it, transcribing audio files, and showing its attention.
#include <filesystem>
#include <span>
#include <string>
#include <vector>
#include <heed/core/real.hpp>
#include <heed/examples/frames/options.hpp>
#include <heed/nn/program/attend.hpp>
#include <heed/nn/program/input.hpp>

namespace heed::frames {

struct EvalOptions : program::CommandOptions {
    static constexpr const char* about = "evaluate a model on the recordings kept back";
    Dim beam = 4;
    bool strict = false;  // refuse audio files that were cut short
    std::filesystem::path prepared = {};

    void declare(training::Settings& s) {
        CommandOptions::declare(s);
        s.add("beam", beam, "width of the search for strings and prompts, beside greedy").within(1);
        program::declare_prepared(s, prepared);
        declare_strict(s, strict);
    }
};

// Prints the accuracy or the error rate on the recordings that training kept back.
int evaluate(const EvalOptions& options);

struct PredictOptions : program::FileOptions {
    static constexpr const char* about = "transcribe audio files";
    Dim beam = 4;
    bool strict = false;

    void declare(training::Settings& s) {
        FileOptions::declare(s, "WAV, FLAC or OGG files of at most a minute");
        s.add("beam", beam, "width of the search for strings and prompts; 1 is greedy").within(1);
        declare_strict(s, strict);
    }
};

// Prints the three most probable digits of each WAV, FLAC or OGG file, or its whole transcript. A file that cannot be
// read is named, the others are still done; then the exit code is 65.
int predict(const PredictOptions& options);

struct AttendOptions : program::AttendOptions {
    bool strict = false;

    void declare(training::Settings& s) {
        program::AttendOptions::declare(s, "file", "a WAV, FLAC or OGG file of at most a minute");
        declare_strict(s, strict);
    }
};

// Writes where the model's encoder attended in a WAV, FLAC or OGG file. Throws FileError for one that cannot be read.
int attend(const AttendOptions& options);

}  // namespace heed::frames
