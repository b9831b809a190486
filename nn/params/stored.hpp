#pragma once
// How a file holds a parameter, for load() and save(): as part of a tensor or in several ones, with its axes in another
// order.
// Private to heed; not installed.
#include <vector>
#include <heed/core/io/safetensors_index.hpp>
#include <heed/nn/params/params.hpp>

namespace heed::nn {

struct Stored {
    Shape axes = {};  // axis i of the parameter is axis axes[i] of the tensor; empty: the same axes
    Dim axis = 0;     // of the tensor, that along which it is a part, or has parts
    Dim begin = 0;    // where the parameter begins in the tensor, along that axis
    Dim whole = 0;    // the size of that axis, where the tensor holds others, too; else 0
    Dim tensors = 1;  // the parameter is joined from so many tensors of one shape
    Dim ones = 0;     // axes of size one that the tensors have before all others
};

// The shape of each tensor that holds a parameter of shape `mine`, or a part of it.
HEED_ABI Shape shape_there(const Shape& mine, const Stored& stored);

// The parameter, of shape `mine`, out of tensors of that shape.
HEED_ABI Array read_stored(const std::vector<const io::SafetensorsFiles::Tensor*>& tensors, const Shape& mine,
                           const Stored& stored);

// The parameter's elements in the order of the tensor's axes, without the axes of size one.
HEED_ABI Array turned_there(const Array& value, const Shape& axes);

}  // namespace heed::nn
