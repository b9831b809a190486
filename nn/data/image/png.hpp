#pragma once
// PNG files through libpng.
#include <cstdint>
#include <string>
#include <vector>
#include <heed/core/real.hpp>

namespace heed::image {

struct Image {
    Dim height = 0, width = 0, channels = 1;
    std::vector<std::uint8_t> values;  // (height, width, channels), sRGB; 255 is white
};

// Reads a picture as grey (1 channel) or in colour (3), whatever the file has: values of 1 to 16 bits become bytes, so that 36 * 257 of 65535 is 36
// of 255. Values are those of sRGB, in any depth; where a gAMA chunk says otherwise they are turned into it. What is transparent lies over black,
// and colours become grey, by the light that they stand for. sBIT changes nothing. Pixels are counted before they
// are allocated. Throws FileError, naming the file, for what is no PNG file, damaged, of more than `most` pixels, or larger than its bytes can
// unpack to; RangeError for another number of channels.
Image read_png(const std::string& path, Dim channels = 1, Dim most = Dim{1} << 24);

}  // namespace heed::image
