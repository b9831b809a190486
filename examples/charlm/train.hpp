#pragma once
// The training run: from a text to a folder with a model.
#include <heed/examples/charlm/options.hpp>

namespace heed::charlm {

// Trains as `config` says. Returns an exit code: 0, or 130 and 143 after a signal, when a checkpoint is saved. Throws
// FileError, IoError, FolderError, and NumberError (naming the op) for a loss that is not finite.
int train(Options config, const program::Launch& launch);

}  // namespace heed::charlm
