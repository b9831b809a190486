#pragma once
// Augmentation of audio features for training, so that a few voices teach what many would.
#include <heed/core/base/random.hpp>
#include <heed/nn/data/audio/log_mel.hpp>

namespace heed::audio {

// Frame t of the result is frame t `time` of the features, and its energy at f Hz is that at f `frequency` Hz: a clip
// that is spoken faster for `time` above 1, and by a longer vocal tract for `frequency` above 1 (Jaitly and Hinton,
// "Vocal tract length perturbation improves speech recognition", 2013). Interpolates linearly between frames and bands,
// and repeats the last ones beyond the ends. Returns at least one frame.
Array warp(const Array& features, const LogMel& mel, double time, double frequency);

// Imitates another microphone: adds slope r + curve (2 r^2 - 1) to each frame, r from -1 in the lowest band to 1 in the
// highest.
void tilt(Array& features, double slope, double curve);

struct SpecAugmentOptions {
    Dim band_masks = 2, bands = 8;  // this many masks of 0 to `bands` bands
    Dim frame_masks = 2, frames = 20;
    double most = 0.2;  // largest share of the frames in one mask
};

// Sets bands and frames of (frames, bands) to 0, the mean of what is normalised (Park et al., "SpecAugment", 2019;
// without its time warping).
void spec_augment(Array& features, const SpecAugmentOptions& options, RandomStream random);

}  // namespace heed::audio
