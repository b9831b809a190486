#pragma once
// Reading PNG files through libpng.
#include <cstdint>
#include <string>
#include <vector>
#include <heed/core/real.hpp>

namespace heed::image {

struct Image {
    Dim height = 0, width = 0, channels = 1;
    std::vector<std::uint8_t> values;  // (height, width, channels), sRGB; 255 is white
};

// Reads an image as grey (1 channel) or in colour (3), whatever the file has: values of 1 to 16 bits become bytes, so
// that 36 * 257 of 65535 is 36 of 255. Values are those of sRGB, in any depth; where a gAMA chunk states otherwise they
// are converted. Transparent pixels are blended with black, and colours become grey, in linear light. sBIT chunks are
// ignored. The size is checked before pixels are allocated. Throws FileError, naming the file, for what is no PNG file,
// damaged, of more than `most` pixels, or larger than its bytes can unpack to; RangeError for another number of
// channels.
Image read_png(const std::string& path, Dim channels = 1, Dim most = Dim{1} << 24);

}  // namespace heed::image
