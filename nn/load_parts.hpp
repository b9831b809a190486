#pragma once
// Which part of a file's tensor belongs to which parameter. Private to load().
#include <heed/core/io/safetensors.hpp>
#include <heed/nn/params.hpp>

namespace heed::nn {

struct HEED_ABI TensorPart {
    std::string name;               // before it is renamed
    const io::TensorInfo* tensor;
    Dim part = 0, parts = 1;        // equal pieces of the first axis
    bool matrix_of_linear = false;  // (out, in): the store has (in, out)

    Shape shape() const;            // as the store has it
    Array read(const io::SafetensorsReader& file) const;
};

std::vector<TensorPart> parts_of_heed(const io::TensorInfo& tensor);
std::vector<TensorPart> parts_of_pytorch(const io::TensorInfo& tensor);

// The store's name for what PyTorch calls `weight` whatever the layer is: a table of an embedding, a gain of a norm.
std::string resolved(const std::string& name, TensorPart& part, const Params& params);

}  // namespace heed::nn
