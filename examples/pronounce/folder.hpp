#pragma once
// The folder of a run: model.safetensors (weights, vocabularies, the words it was trained on), checkpoint.safetensors (what
// --resume needs), config.json, log.jsonl and result.json.
#include <filesystem>
#include <unordered_set>
#include <heed/nn/checkpoint.hpp>
#include <heed/examples/pronounce/options.hpp>
#include <heed/examples/pronounce/model.hpp>

namespace heed::pronounce {

// A trained model with all that is needed to use it.
struct Saved {
    Vocabulary letters, phones;
    ModelOptions options;
    nn::Params params;
    Model model;
    LowerCase how;                          // its words became small letters
    std::unordered_set<std::int64_t> seen;  // hashes of the words it was trained on
    bool was_trained_on(const std::string& word) const { return seen.contains(word_hash(word)); }
    static std::int64_t word_hash(const std::string& word);
};

// The model's file depends on the weights and the data alone, so that equal runs write equal bytes.
void save_model(const std::filesystem::path& folder, const nn::Params& params, const ModelOptions& options, const Vocabulary& letters,
                const Vocabulary& phones, LowerCase how, const std::vector<Entry>& trained_on);
Saved load_model(const std::filesystem::path& folder);  // throws FileError for what is no model of this program

}  // namespace heed::pronounce
