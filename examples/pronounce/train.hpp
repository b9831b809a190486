#pragma once
// The training run: from a dictionary to a folder with a model.
#include <filesystem>
#include <heed/examples/pronounce/config.hpp>

namespace heed::pronounce {

struct TrainOptions {
    std::filesystem::path folder;
    bool resume = false;       // go on from the folder's checkpoint, by the configuration found there
    double save_seconds = 60;  // between checkpoints
};

// Trains as `config` says. Returns an exit code: 0, or 130 and 143 after a signal, when a checkpoint is saved. Throws FileError,
// IoError, and NumberError (naming the op) for a loss that is not finite.
int train(Config config, const TrainOptions& options);

}  // namespace heed::pronounce
