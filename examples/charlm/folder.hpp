#pragma once
// model.safetensors in the folder of a run: the weights and the alphabet.
#include <filesystem>
#include <heed/examples/charlm/corpus.hpp>
#include <heed/examples/charlm/model.hpp>

namespace heed::charlm {

struct Saved {
    Alphabet alphabet;
    Dim block;  // characters in a window of training
    nn::Params params;
    Model model;
};

// The file depends on the weights and the data alone, so that equal runs write equal bytes.
void save_model(const std::filesystem::path& folder, const nn::Params& params, const ModelOptions& options, const Alphabet& alphabet, Dim block);
Saved load_model(const std::filesystem::path& folder);  // throws FileError for what is no model of this program

}  // namespace heed::charlm
