#pragma once
// NumPy's array files, versions 1 to 3: dtypes <f4 <f8 <i4 <i8 |u1 |b1 in C order. Everything else is refused by name.
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. The header is read as the one literal
// that the format allows; nothing is evaluated.
#include <string>
#include <string_view>
#include <vector>
#include <heed/core/base/shape.hpp>
#include <heed/core/io/dtype.hpp>
#include <heed/core/io/file.hpp>

namespace heed::io {

struct NpyHeader {
    Dtype dtype = Dtype::F32;
    Shape shape;
    std::uint64_t data_begin = 0;  // byte of the file
};

struct NpyArray {
    Dtype dtype = Dtype::F32;
    Shape shape;
    std::vector<std::byte> bytes;

    // The elements as T = float, double or int64, by the rules of convert(). Throws DtypeError.
    template <class T>
    std::vector<T> as() const;
};

// Parses the header of a file of `file_size` bytes that begins with `start`: its first npy_header_limit bytes, or all
// if it has fewer. The array's size is compared with the file's, so that it is safe to allocate. Throws FileError;
// `path` is for its text.
inline constexpr std::uint64_t npy_header_limit = 65536;
NpyHeader parse_npy_header(Bytes start, std::uint64_t file_size, std::string_view path);

// What stands before the data, in version 1.0. Throws as write_npy(); `path` is for its text.
std::string npy_header(const std::string& path, Dtype dtype, const Shape& shape);

// Throws FileError, DtypeError, IoError.
NpyArray read_npy(const std::string& path);

// Writes count(shape) elements at `data` atomically, in version 1.0. Throws DtypeError for a dtype not listed above,
// RangeError for a shape the reader would refuse, IoError if writing fails.
void write_npy(const std::string& path, Dtype dtype, const Shape& shape, const void* data);

}  // namespace heed::io
