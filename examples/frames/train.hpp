#pragma once
// Training a model on spoken digits or prompts.
#include <heed/examples/frames/options.hpp>

namespace heed::frames {

// Trains by fit() of <heed/nn/training/fit.hpp>, and writes result.json. Returns the program's exit code.
int train(Options config, const program::Launch& launch);

}  // namespace heed::frames
