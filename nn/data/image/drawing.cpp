// Enlarging images, and drawing boxes and weights into them.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <heed/nn/data/image/drawing.hpp>

namespace heed::image {

Colour colour_of(Dim index) {
    static constexpr std::array<std::uint32_t, 8> colours = {0xE6194B, 0x006EDC, 0x14963C, 0xF08200,
                                                             0x8C32BE, 0x0096A0, 0xBE14A0, 0x785A1E};
    const std::uint32_t colour = colours[static_cast<std::size_t>(index) % colours.size()];
    return {static_cast<std::uint8_t>(colour >> 16), static_cast<std::uint8_t>(colour >> 8 & 0xFF),
            static_cast<std::uint8_t>(colour & 0xFF)};
}

Image enlarged(const Image& image, Dim scale) {
    Image large{image.height * scale, image.width * scale, 3, {}};
    large.values.reserve(static_cast<std::size_t>(large.height * large.width * 3));
    for (Dim y = 0; y < large.height; ++y)
        for (Dim x = 0; x < large.width; ++x)
            for (Dim c = 0; c < 3; ++c)
                large.values.push_back(image.values[static_cast<std::size_t>(
                    (y / scale * image.width + x / scale) * image.channels + (image.channels == 3 ? c : 0))]);
    return large;
}

void draw_box(Image& image, const Box& box, const Colour& colour, Dim thickness, Site at) {
    require(
        image.channels == 3, "draw_box",
        [&] { return fmt::format("an image of {} channels; expected 3", image.channels); }, at);
    const auto pixel = [](double x, Dim most) {
        return static_cast<Dim>(std::lround(std::clamp(x, -1e6, static_cast<double>(most) + 1e6)));
    };
    const Dim left = pixel(box.left, image.width), right = pixel(box.right, image.width);
    const Dim top = pixel(box.top, image.height), bottom = pixel(box.bottom, image.height);
    for (Dim y = std::max<Dim>(top, 0); y < std::min(bottom, image.height); ++y)
        for (Dim x = std::max<Dim>(left, 0); x < std::min(right, image.width); ++x)
            if (std::min({y - top, bottom - 1 - y, x - left, right - 1 - x}) < thickness)
                std::ranges::copy(colour, image.values.begin() + (y * image.width + x) * 3);
}

Image with_boxes(const Image& image, std::span<const Detection> found, Dim scale) {
    Image drawn = enlarged(image, scale);
    const auto s = static_cast<double>(scale);
    for (const Detection& d : found)
        draw_box(drawn, {s * d.box.left, s * d.box.top, s * d.box.right, s * d.box.bottom}, colour_of(d.label), 2);
    return drawn;
}

Image drawn_over(const Image& image, const std::vector<double>& weights, Dim rows, Dim columns, Dim scale) {
    Image drawn = enlarged(image, scale);
    const double most = std::max(1e-12, *std::ranges::max_element(weights));
    for (Dim y = 0; y < drawn.height; ++y) {
        for (Dim x = 0; x < drawn.width; ++x) {
            const Dim patch = y * rows / drawn.height * columns + x * columns / drawn.width;
            const double red = 0.6 * weights[static_cast<std::size_t>(patch)] / most;
            std::uint8_t* pixel = drawn.values.data() + (y * drawn.width + x) * 3;
            for (Dim c = 0; c < 3; ++c)
                pixel[c] = static_cast<std::uint8_t>((1 - red) * pixel[c] + (c == 0 ? red * 255 : 0));
        }
    }
    return drawn;
}

}  // namespace heed::image
