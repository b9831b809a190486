#pragma once
// What was said, and what it sounded like: a recording, or a string put together of several.
#include <cstdint>
#include <string>
#include <vector>

namespace heed::frames {

inline constexpr int rate = 8000;  // samples a second of all that is learnt from; other sounds are resampled

using Labels = std::vector<std::int64_t>;

struct Utterance {
    std::vector<float> samples;  // at `rate`; the loudest is 1
    Labels labels;
    std::string speaker;
};

// A sound file's samples. Warnings of the reader go to stderr. Throws FileError, naming the file: see read_audio(), also for more than `longest`
// seconds, and for a sample that is no finite number.
std::vector<float> load_samples(const std::string& path, double longest = 60);

}  // namespace heed::frames
