// Reading PNG files through libpng.
#include <png.h>
#include <fmt/format.h>
#include <heed/core/io/file.hpp>
#include <heed/nn/data/image/png.hpp>

namespace heed::image {
namespace {

// Deflate unpacks a byte to at most 1032; a pixel takes at least a bit.
constexpr std::uint64_t most_pixels_of_a_byte = 1032 * 8;

struct Reading : ::png_image {
    Reading() : ::png_image{} { version = PNG_IMAGE_VERSION; }
    ~Reading() { ::png_image_free(this); }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
};

}  // namespace

Image read_png(const std::string& path, Dim channels, Dim most) {
    if (channels != 1 && channels != 3)
        throw RangeError(fmt::format("read_png: {} channels; expected 1 or 3", channels));
    const auto refuse = [&](const std::string& text) { throw FileError(fmt::format("{}: {}", path, text)); };
    const std::vector<std::byte> content = io::read_file(path, std::uint64_t{1} << 28);
    Reading reading;
    if (!::png_image_begin_read_from_memory(&reading, content.data(), content.size()))
        refuse(fmt::format("cannot be read as PNG: {}", reading.message));
    const std::uint64_t pixels = std::uint64_t{reading.width} * reading.height;
    if (pixels > static_cast<std::uint64_t>(most) || pixels > content.size() * most_pixels_of_a_byte)
        refuse(fmt::format("states {} x {} pixels; expected at most {}, and no more than its {} bytes can hold",
                           reading.width, reading.height, most, content.size()));
    reading.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;  // or 16 bits without gAMA would be taken for linear light
    reading.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    Image image{reading.height, reading.width, channels,
                std::vector<std::uint8_t>(pixels * static_cast<std::uint64_t>(channels))};
    const ::png_color black = {};
    if (!::png_image_finish_read(&reading, &black, image.values.data(), 0, nullptr))
        refuse(fmt::format("cannot be read as PNG: {}", reading.message));
    return image;
}

}  // namespace heed::image
