// Fuzz target: WAV, FLAC and OGG files; one loader reads them all.
#include <heed/nn/data/audio/read.hpp>
#include <heed/tests/fuzz/target.hpp>

// libsndfile 1.2 leaks a few kilobytes when it refuses an OGG file. The leak is its own, so it is suppressed by name.
extern "C" const char* __lsan_default_suppressions() { return "leak:vorbis_info_init\n"; }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return heed::fuzz::read_or_refuse([&] { heed::audio::read_audio(heed::fuzz::path_of(data, size)); });
}
