#pragma once
// Weights in several safetensors files, with an index that states which tensor is in which file:
// {"metadata": {...}, "weight_map": {"a.weight": "model-00001-of-00002.safetensors", ...}}.
// The index is untrusted input like the files: it names files beside it alone, and it and they must agree.
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>
#include <heed/core/io/safetensors.hpp>

namespace heed::io {

// Names of tensors, and the name of the file that holds each.
using WeightMap = std::map<std::string, std::string, std::less<>>;

// Parses the text of an index. Throws FileError, `path` being for its text, for what is no index, a tensor that is
// there twice, a name of a file that is no plain "....safetensors" (so no path), and more than 1,000 files.
WeightMap parse_safetensors_index(std::string_view text, std::string_view path);

// The tensors of one safetensors file, or of all files of an index. May be read from several threads.
class SafetensorsFiles {
public:
    struct Tensor {
        const SafetensorsReader* file;
        const TensorInfo* info;
    };

    // A path that ends in ".json" is that of an index; a folder, that of model.safetensors or, where there is none, of
    // model.safetensors.index.json in it. Throws FileError, also if a file of an index holds other tensors than those
    // that the index states for it, and IoError.
    explicit SafetensorsFiles(const std::string& path);

    const std::string& path() const { return path_; }  // of the file or index that was opened
    const std::vector<Tensor>& tensors() const { return tensors_; }

private:
    void open_all(const WeightMap& map);

    std::string path_;
    std::vector<std::unique_ptr<SafetensorsReader>> files_;
    std::vector<Tensor> tensors_;
};

}  // namespace heed::io
