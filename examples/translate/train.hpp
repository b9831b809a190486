#pragma once
// The training run: from parallel text to a folder with a model.
#include <optional>
#include <heed/examples/translate/options.hpp>

namespace heed::translate {

struct Data {
    std::vector<Pair> train, dev;
};

// Reads the data of the configuration. If the dev pairs do not have files of their own, the text is cut after `cut`
// pairs, or before its last fiftieth where that is not given. Prints on standard error how many lines were left out.
// Throws FileError, IoError as read_pairs() does.
Data read_data(const Options& config, std::optional<Dim> cut = {});
std::vector<Pair> read_dev(const Options& config, std::optional<Dim> cut = {});  // that part alone

// Trains as `config` says. Returns an exit code: 0, or 130 and 143 after a signal, when a checkpoint is saved. Throws
// FileError, IoError, FolderError, and NumberError (naming the op) for a loss that is not finite.
int train(Options config, const program::Launch& launch);

}  // namespace heed::translate
