#pragma once
// The training run: from parallel text to a folder with a model.
#include <heed/examples/translate/options.hpp>

namespace heed::translate {

// Trains as `config` says. Returns an exit code: 0, or 130 and 143 after a signal, when a checkpoint is saved. Throws
// FileError, IoError, FolderError, and NumberError (naming the op) for a loss that is not finite.
int train(Options config, const program::Launch& launch);

}  // namespace heed::translate
