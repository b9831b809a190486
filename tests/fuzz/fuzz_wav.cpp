// WAV, FLAC and OGG: one loader reads them all.
#include <heed/nn/data/audio/read.hpp>
#include <heed/tests/fuzz/target.hpp>

// libsndfile 1.2 keeps a few kilobytes of what it has read of an OGG file that it then refuses: asked of by name, since the leak is its own.
extern "C" const char* __lsan_default_suppressions() { return "leak:vorbis_info_init\n"; }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return heed::fuzz::read_or_refuse([&] { heed::audio::read_audio(heed::fuzz::path_of(data, size)); });
}
