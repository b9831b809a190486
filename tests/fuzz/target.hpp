#pragma once
// What the fuzz targets share. A loader may read the bytes, or refuse them by FileError; anything else is a bug of the
// loader.
#include <cstddef>
#include <cstdint>
#include <string>
#include <heed/core/io/file.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);  // libFuzzer's name for a target

namespace heed::fuzz {

// How many inputs were read; the driver shows it, because a loader that refuses all of them is tested up to its first
// check only.
inline std::uint64_t accepted = 0;

// The path of a file in memory with these bytes; valid until the next call.
std::string path_of(const std::uint8_t* data, std::size_t size);

template <class Read>
int read_or_refuse(Read read) {
    try {
        read();
        ++accepted;
    } catch (const IoError&) {  // the system failed; the content of a file must not be able to cause that
        throw;
    } catch (const FileError&) {}
    return 0;
}

}  // namespace heed::fuzz
