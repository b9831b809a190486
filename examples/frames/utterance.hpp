#pragma once
// What was said, and what it sounded like: a recording, or a string put together of several.
#include <cstdint>
#include <string>
#include <vector>
#include <heed/nn/data/warnings.hpp>

namespace heed::frames {

inline constexpr int rate = 8000;  // samples a second of all that is learnt from; other sounds are resampled

using Labels = std::vector<std::int64_t>;

struct Utterance {
    std::vector<float> samples;  // at `rate`; the loudest is 1
    Labels labels;
    std::string speaker;
};

struct LoadOptions {
    double longest = 60;                      // seconds
    bool strict = false;                      // refuse a file that was cut short
    data::Warnings* warnings = nullptr;   // of many files; none: they are said at once
};

// A sound file's samples, with the reader's warnings. Throws FileError, naming the file: as read_audio() does, also for a sample that is not finite.
std::vector<float> load_samples(const std::string& path, const LoadOptions& options = {});

}  // namespace heed::frames
