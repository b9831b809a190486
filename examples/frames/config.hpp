#pragma once
// What a training run was asked to do; written to its folder, and read again by --resume, eval and predict.
#include <heed/examples/common/run.hpp>
#include <heed/examples/frames/features.hpp>
#include <heed/examples/frames/model.hpp>

namespace heed::frames {

struct HEED_ABI Config : examples::RunConfig {
    std::string data;          // folder of the free spoken digit dataset
    std::string leave;         // a speaker whose recordings are the dev set; none: recordings from `dev_index` on
    std::int64_t dev_index = 45;
    ModelOptions model;
    Dim batch = 32;
    double lr = 1e-3;
    Dim warmup = 200;
    double decay = 0.05;
    double smoothing = 0.1;
    double ema = 0.995;
    double speed = 0.2;        // clips are played up to so much faster or slower, which moves their pitch
    double noise = 0.02;       // white noise of up to this, where the loudest sample of a clip is 1
    Dim band_masks = 2, bands = 8, frame_masks = 2, frames = 15;

    MelOptions mel() const { return {.bands = model.bands, .low = 60, .floor = 1e-4}; }
    SpecAugmentOptions masks() const { return {band_masks, bands, frame_masks, frames}; }
    training::Fields fields();  // of this object
};

}  // namespace heed::frames
