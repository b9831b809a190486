// Fuzz target: the index of weights in several safetensors files. Only the index: what it names is opened by tests.
#include <heed/core/io/safetensors_index.hpp>
#include <heed/tests/fuzz/target.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return heed::fuzz::read_or_refuse([&] {
        heed::io::parse_safetensors_index({reinterpret_cast<const char*>(data), size}, "index.json");
    });
}
