#pragma once
// What the fuzz targets share. A loader may read the bytes, or refuse them by FileError; whatever else it does is a mistake in it.
#include <cstddef>
#include <cstdint>
#include <string>
#include <heed/core/io/file.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);  // libFuzzer's name for a target

namespace heed::fuzz {

// How many inputs were read; the driver shows it, because a target that refuses all of them tests its first check only.
inline std::uint64_t accepted = 0;

// The bytes as a file on no disk; good until the next call.
std::string path_of(const std::uint8_t* data, std::size_t size);

template <class Read>
int read_or_refuse(Read read) {
    try {
        read();
        ++accepted;
    } catch (const IoError&) {  // the system failed, which no content of a file may bring about
        throw;
    } catch (const FileError&) {
    }
    return 0;
}

}  // namespace heed::fuzz
