#pragma once
// IDX files (http://yann.lecun.com/exdb/mnist), plain or compressed by gzip: the format of MNIST and of sets like it.
#include <cstdint>
#include <string>
#include <vector>
#include <heed/core/base/shape.hpp>

namespace heed::image {

struct Idx {
    Shape shape;
    std::vector<std::uint8_t> values;
};

// Reads an array of bytes (type 0x08) of 1 to 4 axes. What the header promises is compared with the file's size before
// anything is allocated, and not a byte more than that is unpacked. Throws FileError, naming file and byte, for another
// type, sizes that do not fit, more than `most` values, bytes behind the last value, and a damaged gzip file.
Idx read_idx(const std::string& path, std::uint64_t most = std::uint64_t{1} << 30);

}  // namespace heed::image
