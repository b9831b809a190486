#pragma once
// Writing audio as WAV files.
#include <span>
#include <string>

namespace heed::audio {

// The bytes of a WAV file with one channel of 16 bits; values beyond 1 are clipped.
std::string wav_of(std::span<const float> samples, int rate);

}  // namespace heed::audio
