#pragma once
// Recordings: those of the free spoken digit dataset (https://github.com/Jakobovski/free-spoken-digit-dataset),
// DIGIT_SPEAKER_INDEX.wav; any audio file; and strings of digits concatenated from recordings.
#include <cstdint>
#include <string>
#include <vector>
#include <heed/core/base/random.hpp>
#include <heed/core/real.hpp>
#include <heed/nn/data/warnings.hpp>

namespace heed::frames {

struct Recording {
    std::string path;
    std::int64_t digit = 0;  // 0 to 9
    std::string speaker;
    std::int64_t index = 0;  // of this digit by this speaker
};

// The recordings below FOLDER/recordings, by their names. Throws FileError, naming the file, for another name; and
// where there are none.
std::vector<Recording> read_fsdd(const std::string& folder);

inline constexpr int rate = 8000;  // samples a second of all data; other recordings are resampled

using Labels = std::vector<std::int64_t>;

struct Utterance {
    std::vector<float> samples;  // at `rate`; the loudest is 1
    Labels labels;
    std::string speaker;
};

struct LoadOptions {
    double longest = 60;                 // seconds
    bool strict = false;                 // refuse a file that was cut short
    data::Warnings* warnings = nullptr;  // collects those of many files; none: they are printed at once
};

// An audio file's samples, resampled; warnings of the reader go to `warnings`. Throws FileError, naming the file: as
// read_audio() does, also for a sample that is not finite.
std::vector<float> load_samples(const std::string& path, const LoadOptions& options = {});

struct StringOptions {
    Dim least = 3, most = 7;  // digits
    double silence = 0.3;     // seconds, at most
};

class Strings {
public:
    // Keeps the recordings, sorted by their voices. Throws RangeError for none, or for options without a meaning.
    Strings(std::vector<Utterance> recordings, const StringOptions& options = {});

    // A string of `digits` digits, or of least .. most where that is not given: a function of the stream alone.
    Utterance draw(const RandomStream& random) const;
    Utterance draw(const RandomStream& random, Dim digits) const;
    Dim length(const RandomStream& random) const;  // least .. most

private:
    std::vector<std::vector<Utterance>> voices_;
    StringOptions options_;
};

}  // namespace heed::frames
