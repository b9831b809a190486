#pragma once
// The training run: from parallel text to a folder with a model.
#include <heed/examples/translate/options.hpp>

namespace heed::translate {

// Trains as `config` says; returns and throws as models::train_on_pairs().
int train(Options config, const program::Launch& launch);

}  // namespace heed::translate
