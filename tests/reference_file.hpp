#pragma once
// Values that a reference implementation wrote.
#include <string>
#include <vector>
#include <heed/core/io/safetensors.hpp>
#include <heed/tests/catch.hpp>

namespace heed::test {

// The elements of a tensor.
inline std::vector<double> read_doubles(const io::SafetensorsReader& file, const std::string& name) {
    const auto* tensor = file.find(name);
    REQUIRE(tensor != nullptr);
    std::vector<double> x(static_cast<std::size_t>(tensor->shape.count()));
    file.read_as<double>(*tensor, x);
    return x;
}

}  // namespace heed::test
