#pragma once
// Learning a voice.
#include <heed/examples/speak/options.hpp>

namespace heed::speak {

// Trains by fit() of <heed/nn/training/fit.hpp>, and writes result.json and three of the held-out prompts as WAV.
// Returns the program's exit code.
int train(Options config, const program::Launch& launch);

}  // namespace heed::speak
