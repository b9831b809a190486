// WAV, FLAC and OGG: one loader reads them all.
#include <heed/examples/frames/audio.hpp>
#include <heed/tests/fuzz/target.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return heed::fuzz::read_or_refuse([&] { heed::frames::read_audio(heed::fuzz::path_of(data, size)); });
}
