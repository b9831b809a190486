#pragma once
// Saving parameters by name to a safetensors file, as heed or as another program reads them.
#include <filesystem>
#include <heed/nn/params/params.hpp>
#include <heed/nn/params/rules/rules.hpp>

namespace heed::nn {

struct SaveOptions {
    Layout layout = Layout::heed;  // of the file
    Rules rules = {};              // those of load(), backwards: the first one that fits a parameter's name counts
};

// Writes all parameters below params' path, and its buffers, as load() with the same options reads them: with
// Layout::pytorch, torch.load_state_dict takes what safetensors.torch.load_file reads, and `transformers` what the
// rules of a model of Hugging Face wrote. Written once are weights that are tied, under the name of the first rule; not
// written is a BatchNorm's num_batches_tracked, since heed does not count, and PyTorch takes 0 for it. The file is
// replaced atomically. Throws RangeError for rules that are none, that do not fit the model's shapes, or that lead two
// parameters to one place; IoError if writing fails.
void save(const Params& params, const std::filesystem::path& path, const SaveOptions& options = {});

}  // namespace heed::nn
