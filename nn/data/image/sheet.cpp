// Sheets of images, and the nearest among many.
#include <algorithm>
#include <cmath>
#include <limits>
#include <fmt/format.h>
#include <heed/nn/data/image/sheet.hpp>

namespace heed::image {

Image image_of(const Array& values, Dim which, double mean, double deviation, Site at) {
    expect(values.dimension() == 4, "image_of", "values", Shape(values.shape()), "(n, height, width, channels)", at);
    require(
        which >= 0 && which < values.shape()[0], "image_of",
        [&] { return fmt::format("image {} of {}", which, values.shape()[0]); }, at);
    Image image{values.shape()[1], values.shape()[2], values.shape()[3], {}};
    const Dim each = image.height * image.width * image.channels;
    for (const Real* x = values.data() + which * each; x != values.data() + (which + 1) * each; ++x) {
        const double value = static_cast<double>(*x) * deviation + mean;
        image.values.push_back(static_cast<std::uint8_t>(std::lround(255 * std::clamp(value, 0.0, 1.0))));
    }
    return image;
}

Image image_of(const LabelledImages& images, Dim which, Site at) {
    require(
        which >= 0 && which < images.size(), "image_of",
        [&] { return fmt::format("image {} of {}", which, images.size()); }, at);
    const auto first = images.values.begin() + which * images.each();
    return {images.height, images.width, images.channels, {first, first + images.each()}};
}

Dim nearest(const Image& image, Dim n, const std::function<std::span<const std::uint8_t>(Dim)>& known, Site at) {
    require(n > 0, "nearest", "among no images", at);
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    Dim best = 0;
    for (Dim i = 0; i < n; ++i) {
        const std::span<const std::uint8_t> other = known(i);
        require(
            other.size() == image.values.size(), "nearest",
            [&] { return fmt::format("image {} has {} values; expected {}", i, other.size(), image.values.size()); },
            at);
        std::int64_t sum = 0;
        for (std::size_t k = 0; k < other.size(); ++k) {
            const int difference = int{image.values[k]} - int{other[k]};
            sum += difference * difference;
        }
        if (sum < least) least = sum, best = i;
    }
    return best;
}

Image stacked(const Image& top, const Image& bottom, Site at) {
    require(
        top.width == bottom.width && top.channels == bottom.channels, "stacked",
        [&] {
            return fmt::format("images of {} and {} pixels' width with {} and {} channels", top.width, bottom.width,
                               top.channels, bottom.channels);
        },
        at);
    Image both = top;
    both.height += bottom.height;
    both.values.insert(both.values.end(), bottom.values.begin(), bottom.values.end());
    return both;
}

Image sheet_of(std::span<const Image> images, Dim columns, Dim gap, Site at) {
    require(
        !images.empty() && columns >= 1 && gap >= 0, "sheet_of",
        [&] { return fmt::format("{} images in {} columns with a gap of {}", images.size(), columns, gap); }, at);
    const Image& first = images.front();
    const Dim count = static_cast<Dim>(images.size()), across = std::min(count, columns);
    const Dim rows = (count + columns - 1) / columns;
    Image sheet{gap + rows * (first.height + gap), gap + across * (first.width + gap), first.channels, {}};
    sheet.values.assign(static_cast<std::size_t>(sheet.height * sheet.width * sheet.channels), 255);
    for (Dim i = 0; i < count; ++i) {
        const Image& image = images[static_cast<std::size_t>(i)];
        require(
            image.height == first.height && image.width == first.width && image.channels == first.channels, "sheet_of",
            [&] {
                return fmt::format("image {} is {} x {} with {} channels; expected {} x {} with {}, as the first", i,
                                   image.width, image.height, image.channels, first.width, first.height,
                                   first.channels);
            },
            at);
        const Dim top = gap + i / columns * (first.height + gap), left = gap + i % columns * (first.width + gap);
        const Dim line = first.width * first.channels;
        for (Dim y = 0; y < first.height; ++y)
            std::copy_n(image.values.begin() + y * line, line,
                        sheet.values.begin() + ((top + y) * sheet.width + left) * sheet.channels);
    }
    return sheet;
}

}  // namespace heed::image
