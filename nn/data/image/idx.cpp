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

Idx read_idx(const std::string& path, std::uint64_t most) {
    Unpacked file(path);
    const std::uint32_t magic = next_number(file), axes = magic & 0xFF;
    if (magic >> 8 != 0x08)
        file.refuse(
            fmt::format("begins with {:08x}; expected 000008 and the number of axes: an IDX file of bytes", magic));
    if (axes < 1 || axes > 4) file.refuse(fmt::format("has {} axes; expected 1 to 4", axes));
    Idx idx;
    io::CheckedSize size = 1;
    for (std::uint32_t axis = 0; axis < axes; ++axis) {
        const std::uint32_t n = next_number(file);
        idx.shape.push_back(static_cast<Dim>(n));
        size = size * n;
    }
    if (!size.within(most))
        file.refuse(
            fmt::format("the header promises an array of {}; expected at most {} values", to_string(idx.shape), most));
    if (!size.within(file.most_left()))
        file.refuse(fmt::format("the header promises an array of {}, more than the file can hold; is it complete?",
                                to_string(idx.shape)));
    idx.values.resize(size.value());
    const std::size_t n = file.read(idx.values);
    if (n != idx.values.size())
        file.refuse(fmt::format("the file ends after {} of {} values; is it complete?", n, idx.values.size()));
    std::uint8_t beyond[1];
    if (file.read(beyond) != 0) file.refuse(fmt::format("something follows the {} values that the header promises", n));
    return idx;
}

}  // namespace heed::image
