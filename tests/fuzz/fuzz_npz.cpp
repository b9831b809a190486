// Fuzz target: NPZ files.
#include <heed/core/io/npz.hpp>
#include <heed/tests/fuzz/target.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return heed::fuzz::read_or_refuse([&] {
        for (const auto& [name, array] : heed::io::read_npz(heed::fuzz::path_of(data, size))) array.as<double>();
    });
}
