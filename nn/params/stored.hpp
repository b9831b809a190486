#pragma once
// For load(): a parameter out of a file's tensor, of which it may be a part with its axes in another order.
// Private to heed; not installed.
#include <heed/core/io/safetensors.hpp>
#include <heed/nn/params/params.hpp>

namespace heed::nn {

// The shape of the whole tensor that holds a parameter of shape `mine`.
HEED_ABI Shape shape_there(const Shape& mine, const PyTorchName& name, const Shape& axes);

// The parameter, of shape `mine`, out of a tensor of that shape.
HEED_ABI Array read_tensor(const io::SafetensorsReader& file, const io::TensorInfo& tensor, const Shape& mine,
                           const PyTorchName& name, const Shape& axes);

// What a PyTorch layer has that heed's lacks, and what to do, where a tensor's name shows it; else empty.
HEED_ABI std::string lacking(std::string_view name);

}  // namespace heed::nn
