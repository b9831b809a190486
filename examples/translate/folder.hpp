#pragma once
// model.safetensors in the folder of a run: the weights and the pieces.
#include <filesystem>
#include <heed/examples/translate/model.hpp>

namespace heed::translate {

struct Saved {
    Bpe bpe;
    nn::Params params;
    Model model;
};

// The file depends on the weights and the data alone, so that equal runs write equal bytes.
void save_model(const std::filesystem::path& folder, const nn::Params& params, const ModelOptions& options, const Bpe& bpe);
Saved load_model(const std::filesystem::path& folder);  // throws FileError for what is no model of this program

}  // namespace heed::translate
