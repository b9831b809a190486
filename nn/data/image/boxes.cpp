// Views of images, and where they show the boxes.
#include <algorithm>
#include <cmath>
#include <heed/nn/data/image/boxes.hpp>

namespace heed::image {
namespace {

// From a position of the image to that of its crop along one axis.
struct Along {
    double begin, end;  // of the window
    double size;        // of the image
    bool turned;

    double seen(double x) const {
        const double y = (x - begin) / (end - begin) * size;
        return turned ? size - y : y;
    }
    double shown(double y) const {  // the inverse
        return begin + (turned ? size - y : y) / size * (end - begin);
    }
    std::pair<double, double> seen(double from, double to) const {
        return turned ? std::pair(seen(to), seen(from)) : std::pair(seen(from), seen(to));
    }
};

struct Both {
    Along x, y;
    Both(Dim height, Dim width, const Crop& crop)
        : x{crop.window.left, crop.window.right, static_cast<double>(width), crop.mirrored},
          y{crop.window.top, crop.window.bottom, static_cast<double>(height), crop.upside_down} {}
};

}  // namespace

Crop random_crop(Dim height, Dim width, const CropOptions& o, RandomStream random) {
    const auto between = [&](std::uint64_t n) { return 2 * random.uniform(n) - 1; };
    const auto w = static_cast<double>(width), h = static_cast<double>(height);
    const double size = std::exp(between(0) * std::log1p(o.zoom));
    const double x = w * (0.5 + o.shift * between(1)), y = h * (0.5 + o.shift * between(2));
    return {{x - size * w / 2, y - size * h / 2, x + size * w / 2, y + size * h / 2},
            o.flip && random.uniform(3) < 0.5,
            o.upside_down && random.uniform(4) < 0.5};
}

void take_crop(std::span<Real> image, Dim width, Dim channels, Real black, const Crop& crop) {
    const Dim height = static_cast<Dim>(image.size()) / (width * channels);
    const Both map(height, width, crop);
    const std::vector<Real> before(image.begin(), image.end());
    const auto value = [&](Dim row, Dim column, Dim c) {
        const bool inside = 0 <= row && row < height && 0 <= column && column < width;
        return inside ? before[static_cast<std::size_t>((row * width + column) * channels + c)] : black;
    };
    Real* to = image.data();
    for (Dim row = 0; row < height; ++row) {
        const double y = map.y.shown(static_cast<double>(row) + 0.5) - 0.5;
        const auto top = static_cast<Dim>(std::floor(y));
        const auto down = static_cast<Real>(y - std::floor(y));
        for (Dim column = 0; column < width; ++column) {
            const double x = map.x.shown(static_cast<double>(column) + 0.5) - 0.5;
            const auto left = static_cast<Dim>(std::floor(x));
            const auto right = static_cast<Real>(x - std::floor(x));
            for (Dim c = 0; c < channels; ++c) {
                const Real above = value(top, left, c) * (1 - right) + value(top, left + 1, c) * right;
                const Real below = value(top + 1, left, c) * (1 - right) + value(top + 1, left + 1, c) * right;
                *to++ = above * (1 - down) + below * down;
            }
        }
    }
}

std::vector<LabelledBox> boxes_in_crop(std::span<const LabelledBox> boxes, Dim height, Dim width, const Crop& crop,
                                       double least) {
    const Both map(height, width, crop);
    std::vector<LabelledBox> seen;
    for (LabelledBox b : boxes) {
        const auto [left, right] = map.x.seen(b.box.left, b.box.right);
        const auto [top, bottom] = map.y.seen(b.box.top, b.box.bottom);
        const double whole = (right - left) * (bottom - top);
        b.box = {std::max(left, 0.0), std::max(top, 0.0), std::min(right, map.x.size), std::min(bottom, map.y.size)};
        if (b.box.width() > 0 && b.box.height() > 0 && b.box.area() >= least * whole) seen.push_back(b);
    }
    return seen;
}

}  // namespace heed::image
