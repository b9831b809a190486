#pragma once
// Writing sound.
#include <span>
#include <string>

namespace heed::audio {

std::string wav_of(std::span<const float> samples, int rate);  // the bytes of a WAV file, one channel of 16 bits; beyond 1 it is cut off

}  // namespace heed::audio
