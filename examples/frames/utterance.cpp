#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <heed/examples/frames/audio.hpp>
#include <heed/examples/frames/features.hpp>
#include <heed/examples/frames/utterance.hpp>

namespace heed::frames {

std::vector<float> load_samples(const std::string& path, double longest) {
    const Clip clip = read_audio(path, longest);
    for (const std::string& warning : clip.warnings) fmt::print(stderr, "warning: {}: {}\n", path, warning);
    require_finite(clip.samples, path);
    std::vector<float> samples = resample(clip.samples, clip.rate, rate);
    float loudest = 1e-4f;
    for (const float x : samples) loudest = std::max(loudest, std::abs(x));
    for (float& x : samples) x /= loudest;
    return samples;
}

}  // namespace heed::frames
