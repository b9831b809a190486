#pragma once
// The chunks of a WAV file: what its header promises, beside what libsndfile reads of it.
// Private to heed; not installed.
#include <cstdint>
#include <optional>
#include <string>
#include <heed/core/io/file.hpp>

namespace heed::audio {

struct WavChunks {
    std::uint64_t data = 0;      // where the samples begin, in bytes of the file
    std::uint64_t promised = 0;  // bytes of samples, by the header
    std::uint64_t there = 0;     // of those in the file; all up to its end where the header does not know
    bool stream = false;         // the writer could not know the length: 0, or about 2 or 4 GiB
    std::uint64_t block = 1;     // bytes of a sample of all channels, or of a block of an encoding
    bool big_endian = false;     // RIFX
    std::size_t unknown = 0;     // chunks that no well-known program writes
    std::string first_unknown = {};
};

// Nothing for a file that is no WAV, or one without samples. Throws FileError for more than 10,000 chunks.
std::optional<WavChunks> chunks_of_wav(const io::InputFile& file);

}  // namespace heed::audio
