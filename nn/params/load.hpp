#pragma once
// Loading parameters by name from a safetensors file, perhaps one of another program.
#include <filesystem>
#include <map>
#include <vector>
#include <heed/nn/params/params.hpp>

namespace heed::nn {

enum class Layout {
    heed,     // the file's tensors are the store's parameters
    pytorch,  // each layer's parameters as PyTorch names and stores them, or by heed's names: see
              // docs/use/from_pytorch.md
};

struct LoadOptions {
    // From names in the file to names in the store. A name also stands for what is below it: {"encoder", "enc"} makes
    // "enc.weight" of "encoder.weight"; {"model", ""} drops a first part. The longest name that fits counts. The map
    // decides which parameter a tensor goes to; the layer decides how it is laid out there.
    std::map<std::string, std::string> rename = {};
    Layout layout = Layout::heed;  // of the file
    bool strict = true;            // throw unless every parameter is found and nothing is left over
};

// What became of each name, as in the store; of `unexpected`, as in the file.
struct HEED_ABI LoadReport {
    std::vector<std::string> loaded;
    std::vector<std::string> missing;     // "head.bias (3)": wanted, and not in the file
    std::vector<std::string> unexpected;  // in the file, and no parameter
    std::vector<std::string> mismatched;  // "head.weight (3, 4), in the file (4, 4)": another shape, or integers
    bool complete() const { return missing.empty() && unexpected.empty() && mismatched.empty(); }
    std::string text() const;  // a line for each of these lists that is not empty
};

// Sets the parameters below params' path to what the file holds under their names. Values of any floating dtype are
// converted. Nothing is changed before all has been read. Throws FileError, with the whole report, if .strict and
// something does not fit, if nothing fits at all, or if PyTorch's layer has more than heed's; RangeError for a name map
// with an entry that fits nothing, or that makes one name of two whose values differ (tied weights may go to one
// parameter).
LoadReport load(const Params& params, const std::filesystem::path& path, const LoadOptions& options = {});

}  // namespace heed::nn
