// Fuzz target: safetensors files.
#include <vector>
#include <heed/core/io/safetensors.hpp>
#include <heed/tests/fuzz/target.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return heed::fuzz::read_or_refuse([&] {
        const heed::io::SafetensorsReader reader(heed::fuzz::path_of(data, size));
        for (const heed::io::TensorInfo& tensor : reader.tensors()) {
            const auto n = static_cast<std::size_t>(tensor.shape.count());
            std::vector<double> values(n);
            reader.read_as<double>(tensor, values);
            std::vector<std::byte> bytes(static_cast<std::size_t>(tensor.end - tensor.begin));
            reader.read(tensor, bytes.data(), bytes.size());
        }
    });
}
