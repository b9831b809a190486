#pragma once
// IDX files (http://yann.lecun.com/exdb/mnist), plain or compressed by gzip: the format of MNIST and of sets like it.
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>
#include <heed/core/base/shape.hpp>

namespace heed::data {
class Unpacked;
}

namespace heed::image {

// An array of bytes (type 0x08) of 1 to 4 axes, read piece by piece. What the header promises is compared with the
// file's size before anything is read, and not a byte more than that is unpacked. All members throw FileError, naming
// file and byte: for another type, sizes that do not fit, more than `most` values, and a damaged gzip file.
class IdxStream {
public:
    explicit IdxStream(const std::string& path, std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
    ~IdxStream();

    const Shape& shape() const { return shape_; }
    void read(std::span<std::uint8_t> to);  // the next values; throws where the file ends before
    void finish();                          // throws for bytes behind the last value
    std::uint64_t file_at() const;          // how much of the file was read

private:
    std::unique_ptr<data::Unpacked> file_;
    Shape shape_;
    std::uint64_t size_ = 0, at_ = 0;  // values
};

struct Idx {
    Shape shape;
    std::vector<std::uint8_t> values;
};

// Reads all of such an array; throws FileError as IdxStream does.
Idx read_idx(const std::string& path, std::uint64_t most = std::uint64_t{1} << 30);

}  // namespace heed::image
