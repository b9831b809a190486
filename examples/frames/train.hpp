#pragma once
// Training a model on spoken digits.
#include <heed/examples/frames/config.hpp>

namespace heed::frames {

// Trains by fit() of <heed/nn/training/fit.hpp>, and writes result.json. Returns the program's exit code.
int train(Config config, const examples::RunPlace& place);

}  // namespace heed::frames
