#pragma once
// Loading parameters by name from safetensors files, perhaps those of another program.
#include <filesystem>
#include <heed/nn/params/params.hpp>
#include <heed/nn/params/rules/rules.hpp>

namespace heed::nn {

struct LoadOptions {
    Layout layout = Layout::heed;  // of the file
    // Names in the file that differ, and how what they hold is stored. A tensor that no rule fits has its own name.
    // With Layout::pytorch, `ours` may be either name, heed's or PyTorch's of its layer.
    Rules rules = {};
    bool strict = true;  // throw unless every parameter is found and nothing is left over
};

// What became of each name, as in the store; of `unexpected` and `ignored`, as in the file.
struct HEED_ABI LoadReport {
    std::vector<std::string> loaded;
    std::vector<std::string> missing;     // "head.bias (3)": wanted, and not in the file
    std::vector<std::string> unexpected;  // in the file, and no parameter
    std::vector<std::string> mismatched;  // "head.weight (3, 4), in the file (4, 4)": another shape, or integers
    std::vector<std::string> ignored;     // left out by a rule; with Layout::pytorch a BatchNorm's num_batches_tracked
    bool complete() const { return missing.empty() && unexpected.empty() && mismatched.empty(); }
    std::string text() const;  // a line for each of these lists that is not empty
};

// Sets the parameters below params' path to what the file holds under their names. `path` is that of a safetensors
// file, of the index (.json) of several, or of a folder that holds model.safetensors or its index. Values of any
// floating dtype are converted. Nothing is changed before all has been read. Throws FileError, with the whole report,
// if .strict and something does not fit, if nothing fits at all, or if PyTorch's layer has more than heed's; RangeError
// for rules that are none, that do not fit the model's shapes, or that make one name of two tensors whose values differ
// (tied weights may go to one parameter).
LoadReport load(const Params& params, const std::filesystem::path& path, const LoadOptions& options = {});

}  // namespace heed::nn
