#pragma once
// The recordings of the free spoken digit dataset (https://github.com/Jakobovski/free-spoken-digit-dataset),
// DIGIT_SPEAKER_INDEX.wav.
#include <cstdint>
#include <string>
#include <vector>

namespace heed::audio {

struct DigitRecording {
    std::string path;
    std::int64_t digit = 0;  // 0 to 9
    std::string speaker;
    std::int64_t index = 0;  // of this digit by this speaker
};

// The recordings below FOLDER/recordings, by their names. Throws FileError, naming the file, for another name; and
// where there are none.
std::vector<DigitRecording> read_fsdd(const std::string& folder);

}  // namespace heed::audio
