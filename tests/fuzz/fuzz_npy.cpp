// Fuzz target: NPY files.
#include <heed/core/io/npy.hpp>
#include <heed/tests/fuzz/target.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return heed::fuzz::read_or_refuse([&] { heed::io::read_npy(heed::fuzz::path_of(data, size)).as<double>(); });
}
