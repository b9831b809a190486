// Fuzz target: PNG files.
#include <heed/nn/data/image/png.hpp>
#include <heed/tests/fuzz/target.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return heed::fuzz::read_or_refuse([&] {
        const std::string path = heed::fuzz::path_of(data, size);
        heed::image::read_png(path, 1);
        heed::image::read_png(path, 3);
    });
}
