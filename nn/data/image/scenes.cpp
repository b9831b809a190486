// Scenes put together of small images.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/image/scenes.hpp>

namespace heed::image {
namespace {

// One image of a scene: its value at a position of the scene, 0 outside.
struct Piece {
    const std::uint8_t* values;
    Dim height, width;
    double scale, left, top;
    std::uint8_t at(Dim x, Dim y) const {
        const auto column = static_cast<Dim>(std::floor((static_cast<double>(x) + 0.5 - left) / scale));
        const auto row = static_cast<Dim>(std::floor((static_cast<double>(y) + 0.5 - top) / scale));
        const bool inside = 0 <= row && row < height && 0 <= column && column < width;
        return inside ? values[row * width + column] : std::uint8_t{0};
    }
    // Around what is brighter than the ground.
    Box box() const {
        Box b{scene_size, scene_size, 0, 0};
        for (Dim y = 0; y < scene_size; ++y)
            for (Dim x = 0; x < scene_size; ++x) {
                if (at(x, y) < 40) continue;
                const auto column = static_cast<double>(x), row = static_cast<double>(y);
                b = {std::min(b.left, column), std::min(b.top, row), std::max(b.right, column + 1),
                     std::max(b.bottom, row + 1)};
            }
        return b;
    }
};

bool apart(const Box& a, const Box& b) {
    const double w = std::min(a.right, b.right) - std::max(a.left, b.left);
    const double h = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
    return w <= 0 || h <= 0 || w * h < 0.2 * std::min(a.area(), b.area());
}

// Fills one scene, and returns its boxes.
std::vector<LabelledBox> fill(const LabelledImages& pieces, std::span<std::uint8_t> to, RandomStream random) {
    std::uint64_t drawn = 0;
    const auto below = [&](double most) { return most * random.uniform(drawn++); };
    for (std::uint8_t& value : to) value = static_cast<std::uint8_t>(below(30));
    std::vector<LabelledBox> boxes;
    const auto count = static_cast<int>(1 + below(4));
    for (int i = 0; i < count; ++i) {
        const auto which = static_cast<std::size_t>(below(static_cast<double>(pieces.size())));
        const double scale = 0.6 + below(0.7), size = scale * static_cast<double>(pieces.width);
        const double left = below(scene_size - size), top = below(scene_size - size);
        const Piece piece{pieces.values.data() + static_cast<Dim>(which) * pieces.each(),
                          pieces.height,
                          pieces.width,
                          scale,
                          left,
                          top};
        const Box box = piece.box();
        const bool fits = std::ranges::all_of(boxes, [&](const auto& other) { return apart(other.box, box); });
        if (!fits || box.width() <= 0) continue;
        for (Dim y = 0; y < scene_size; ++y)
            for (Dim x = 0; x < scene_size; ++x) {
                std::uint8_t& value = to[static_cast<std::size_t>(y * scene_size + x)];
                value = std::max(value, piece.at(x, y));
            }
        boxes.push_back({box, pieces.labels[which]});
    }
    return boxes;
}

}  // namespace

BoxedImages make_scenes(const LabelledImages& pieces, Dim count, std::uint64_t seed, Site at) {
    require(
        pieces.size() > 0 && pieces.channels == 1 && std::max(pieces.height, pieces.width) <= 48, "make_scenes",
        [&] {
            return fmt::format("{} images of {} x {} with {} channels; expected grey ones of at most 48 x 48",
                               pieces.size(), pieces.width, pieces.height, pieces.channels);
        },
        at);
    BoxedImages made;
    made.images = {scene_size, scene_size, 1, {}, {}, pieces.classes};
    made.images.values.resize(static_cast<std::size_t>(count * scene_size * scene_size));
    for (Dim i = 0; i < count; ++i) {
        const std::span all(made.images.values);
        made.boxes.push_back(
            fill(pieces, all.subspan(static_cast<std::size_t>(i * scene_size * scene_size), scene_size * scene_size),
                 RandomStream(Key{seed, static_cast<std::uint64_t>(i)}, hash_text("detect/scene"))));
        made.images.labels.push_back(static_cast<std::int64_t>(made.boxes.back().size()));
        made.files.push_back(fmt::format("scene-{}.png", i + 1));
    }
    return made;
}

}  // namespace heed::image
