#pragma once
// Whole safetensors files for tests: what they hold, and files of any dtype.
#include <map>
#include <string>
#include <utility>
#include <vector>
#include <heed/core/io/safetensors.hpp>

namespace heed::test {

using Tensors = std::map<std::string, std::pair<Shape, std::vector<double>>>;

// All tensors of a file, their values rounded to T first.
template <class T = double>
Tensors tensors_of(const std::string& path) {
    const io::SafetensorsReader file(path);
    Tensors all;
    for (const io::TensorInfo& info : file.tensors()) {
        std::vector<T> values(static_cast<std::size_t>(info.shape.count()));
        file.read_as<T>(info, values);
        all[info.name] = {info.shape, {values.begin(), values.end()}};
    }
    return all;
}

inline void put_tensors(const std::string& path, const Tensors& tensors) {
    std::vector<io::TensorSource> sources;
    for (const auto& [name, tensor] : tensors)
        sources.push_back({name, io::Dtype::F64, tensor.first, tensor.second.data()});
    io::write_safetensors(path, sources);
}

}  // namespace heed::test
