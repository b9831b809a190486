#include <algorithm>
#include <cmath>
#include <iterator>
#include <fmt/format.h>
#include <heed/core/error.hpp>
#include <heed/nn/data/audio/resample.hpp>
#include <heed/nn/data/audio/read.hpp>
#include <heed/nn/data/audio/log_mel.hpp>
#include <heed/examples/frames/utterance.hpp>

namespace heed::frames {

std::vector<float> load_samples(const std::string& path, const LoadOptions& options) {
    const audio::Clip clip = audio::read_audio(path, options.longest);
    if (options.strict && !clip.complete) throw FileError(fmt::format("{}: {}", path, clip.warnings.front()));
    data::Warnings own, &warnings = options.warnings ? *options.warnings : own;
    for (const std::string& warning : clip.warnings) {
        std::string kind;  // but for its numbers
        std::ranges::copy_if(warning, std::back_inserter(kind), [](char c) { return c < '0' || c > '9'; });
        warnings.add(kind, fmt::format("{}: {}", path, warning));
    }
    audio::require_finite(clip.samples, path);
    std::vector<float> samples = audio::resample(clip.samples, clip.rate, rate);
    float loudest = 1e-4f;
    for (const float x : samples) loudest = std::max(loudest, std::abs(x));
    for (float& x : samples) x /= loudest;
    return samples;
}

}  // namespace heed::frames
