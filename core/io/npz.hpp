#pragma once
// NumPy's archives of arrays: zip files of NPY files (numpy.savez and savez_compressed). In the library heed::npz,
// which is there when CMake finds libzip. An entry's name is never used as a path.
#include <map>
#include <string>
#include <vector>
#include <heed/core/io/npy.hpp>

namespace heed::io {

// What an archive may unpack to, all entries together: at most `bytes`, and at most `ratio` times the file's size above
// `free`. Checked from the sizes that the entries state before anything is unpacked, and no entry unpacks to more than
// it states.
struct NpzLimits {
    std::uint64_t bytes = std::uint64_t{1} << 32;
    std::uint64_t ratio = 100;
    std::uint64_t free = std::uint64_t{1} << 24;
};

// All arrays by name, "w" for the entry "w.npy". Throws FileError naming the entry for what is no zip file, has entries
// twice, encrypted, by another method than deflate, with a wrong checksum, above the limits or no NPY file; DtypeError
// as read_npy(); IoError.
std::map<std::string, NpyArray> read_npz(const std::string& path, const NpzLimits& limits = {});

enum class NpzMethod { stored, deflated };

// An array to write: `data` holds count(shape) elements, in C order.
struct NpzSource {
    Dtype dtype = Dtype::F32;
    Shape shape;
    const void* data = nullptr;
};

// Writes the archive atomically (see write_atomically); the same arrays give the same bytes. Throws what write_npy()
// throws, and RangeError where there is no array.
void write_npz(const std::string& path, const std::map<std::string, NpzSource>& arrays,
               NpzMethod method = NpzMethod::stored);

}  // namespace heed::io
