#pragma once
// What a training run was asked to do; written to its folder, and read again by --resume, eval and predict.
#include <heed/nn/program/options.hpp>
#include <heed/examples/frames/augment.hpp>
#include <heed/examples/frames/encoder.hpp>
#include <heed/examples/frames/strings.hpp>

namespace heed::frames {

inline void declare_strict(training::Settings& s, bool& strict) {
    s.add("strict", strict, "refuse sound files that were cut short, instead of warning of them").of_call();
}

struct HEED_ABI Options : program::RunOptions {
    std::string task = "digits";
    std::string data;          // folder of the free spoken digit dataset, or of the sounds of prompts
    std::string transcript;    // prompts: what they say
    std::string leave;         // a speaker whose recordings are the dev set; none: recordings from `dev_index` on
    std::int64_t dev_index = 45;
    ModelOptions model;        // but for the number of labels, which the task gives
    double silence = 0.3;      // strings: seconds between digits, at most
    Dim batch = 32;
    double lr = 1e-3;
    Dim warmup = 200;
    double decay = 0.05;
    double smoothing = 0.1;
    double ema = 0.995;
    double range = 7;          // of the energies of a clip, in nats: what is quieter than the loudest by more counts as that
    double speed = 0.2;        // clips are played up to so much faster or slower, which moves their pitch
    double stretch = 0.2;      // ... and their frames go by so much faster or slower, which does not
    double tract = 0.1;        // frequencies are multiplied by up to so much more or less
    double tilt = 1.5;         // deviation of a slope over the bands
    double noise = 0.02;       // white noise of up to this, where the loudest sample of a clip is 1
    bool strict = false;       // refuse sound files that were cut short: of the call and not of the run
    Dim band_masks = 2, bands = 8, frame_masks = 2, frames = 15;

    ModelOptions model_options() const;
    MelOptions mel() const { return {.bands = model.bands, .low = 60, .floor = 1e-4}; }
    SpecAugmentOptions masks() const { return {band_masks, bands, frame_masks, frames}; }
    StringOptions strings() const { return {.silence = silence}; }
    void complete();        // the decoder of a task that needs one
    void check() const;     // throws UsageError
    void declare(training::Settings& s);
};

}  // namespace heed::frames
