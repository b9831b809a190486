// Reading IDX files.
#include <fmt/format.h>
#include <heed/core/io/checked.hpp>
#include <heed/nn/data/image/idx.hpp>
#include <heed/nn/data/unpacked.hpp>

namespace heed::image {
namespace {

using data::Unpacked;

std::uint32_t big_endian(std::span<const std::uint8_t, 4> bytes) {
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
           std::uint32_t{bytes[3]};
}

std::uint32_t next_number(Unpacked& file) {
    std::uint8_t bytes[4] = {};
    if (file.read(bytes) != sizeof bytes) file.refuse("the file ends inside its header; is it complete?");
    return big_endian(bytes);
}

}  // namespace

IdxStream::IdxStream(const std::string& path, std::uint64_t most) : file_(std::make_unique<Unpacked>(path)) {
    const std::uint32_t magic = next_number(*file_), axes = magic & 0xFF;
    if (magic >> 8 != 0x08)
        file_->refuse(
            fmt::format("begins with {:08x}; expected 000008 and the number of axes: an IDX file of bytes", magic));
    if (axes < 1 || axes > 4) file_->refuse(fmt::format("has {} axes; expected 1 to 4", axes));
    io::CheckedSize size = 1;
    for (std::uint32_t axis = 0; axis < axes; ++axis) {
        const std::uint32_t n = next_number(*file_);
        shape_.push_back(static_cast<Dim>(n));
        size = size * n;
    }
    if (!size.within(most))
        file_->refuse(
            fmt::format("the header promises an array of {}; expected at most {} values", to_string(shape_), most));
    if (!size.within(file_->most_left()))
        file_->refuse(fmt::format("the header promises an array of {}, more than the file can hold; is it complete?",
                                  to_string(shape_)));
    size_ = size.value();
}

IdxStream::~IdxStream() = default;

void IdxStream::read(std::span<std::uint8_t> to) {
    const std::size_t n = file_->read(to);
    at_ += n;
    if (n != to.size()) file_->refuse(fmt::format("the file ends after {} of {} values; is it complete?", at_, size_));
}

void IdxStream::finish() {
    std::uint8_t beyond[1];
    if (file_->read(beyond) != 0)
        file_->refuse(fmt::format("something follows the {} values that the header promises", size_));
}

std::uint64_t IdxStream::file_at() const { return file_->file_at(); }

Idx read_idx(const std::string& path, std::uint64_t most) {
    IdxStream file(path, most);
    Idx idx{file.shape(), std::vector<std::uint8_t>(static_cast<std::size_t>(file.shape().count()))};
    file.read(idx.values);
    file.finish();
    return idx;
}

}  // namespace heed::image
