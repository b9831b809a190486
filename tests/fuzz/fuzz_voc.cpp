// Fuzz target: boxes in Pascal VOC's XML.
#include <heed/nn/data/image/box_files.hpp>
#include <heed/tests/fuzz/target.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return heed::fuzz::read_or_refuse([&] { heed::image::read_voc(heed::fuzz::path_of(data, size)); });
}
