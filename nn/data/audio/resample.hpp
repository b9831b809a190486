#pragma once
// Resampling audio to another rate or speed.
#include <span>
#include <vector>

namespace heed::audio {

// The samples at `to` a second instead of `from`: convolved with a sinc under a Hann window that spans `zeros` zeros of
// the sinc to each side, cut off at 0.95 of the lower half rate (Smith, "Digital Audio Resampling",
// https://ccrma.stanford.edu/~jos/resample/). Returns ceil(n to / from) samples. Fewer zeros are faster, but let
// through more of the frequencies that should be removed. Speed and pitch times f (Ko et al., "Audio Augmentation for
// Speech Recognition", 2015): resample(x, f * rate, rate).
std::vector<float> resample(std::span<const float> samples, double from, double to, int zeros = 16);

}  // namespace heed::audio
