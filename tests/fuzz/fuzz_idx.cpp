#include <heed/examples/patches/idx.hpp>
#include <heed/tests/fuzz/target.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return heed::fuzz::read_or_refuse([&] { heed::patches::read_idx(heed::fuzz::path_of(data, size)); });
}
