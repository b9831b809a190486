#pragma once
// The options of a training run; written to its folder, and read again by --resume, eval and predict.
#include <heed/examples/frames/encoder.hpp>
#include <heed/nn/data/audio/speech/strings.hpp>
#include <heed/nn/program/options.hpp>

namespace heed::frames {

inline void declare_strict(training::Settings& s, bool& strict) {
    s.add("strict", strict, "refuse audio files that were cut short, instead of warning about them").of_call();
}

struct HEED_ABI Options : program::RunOptions {
    static constexpr const char* about = "train a model on the free spoken digit dataset, or on prompts";
    std::string data;        // folder of the free spoken digit dataset, or of the recordings of prompts
    std::string transcript;  // prompts: the file of their texts
    std::string leave;       // a speaker whose recordings are the dev set; none: recordings from `dev_index` on
    std::int64_t dev_index = 45;
    ModelOptions model;
    double silence = 0.3;  // strings: seconds between digits, at most
    Dim batch = 32;
    double lr = 1e-3;
    Dim warmup = 200;
    double decay = 0.05, smoothing = 0.1, ema = 0.995;
    audio::AugmentOptions augment;
    Dim eval_examples = 1000;  // recordings or strings
    bool strict = false;       // refuse audio files that were cut short: of the call and not of the run

    audio::StringOptions strings() const { return {.silence = silence}; }
    void complete();     // sets the decoder where the task needs another
    void check() const;  // throws UsageError
    void declare(training::Settings& s);
};

}  // namespace heed::frames
