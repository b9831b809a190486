// Attention as images for TensorBoard.
#include <algorithm>
#include <cmath>
#include <heed/nn/training/run/heads_image.hpp>

namespace heed::training {

void show_attention(Events& events, Dim step, const std::vector<inspect::Layer>& layers) {
    constexpr Dim side = 128, gap = 2;
    for (const inspect::Layer& layer : layers) {
        const Dim rows = static_cast<Dim>(layer.queries.size()), columns = static_cast<Dim>(layer.keys.size());
        if (rows == 0 || columns == 0) continue;
        const Dim scale = std::max<Dim>(1, side / std::max(rows, columns)), stride = columns * scale + gap;
        const Dim height = rows * scale, width = static_cast<Dim>(layer.heads.size()) * stride - gap;
        double most = 0;
        for (const auto& head : layer.heads) most = std::max(most, *std::ranges::max_element(head));
        std::vector<std::uint8_t> pixels(static_cast<std::size_t>(height * width), 128);
        for (Dim y = 0; y < height; ++y) {
            for (Dim x = 0; x < width; ++x) {
                const Dim column = x % stride / scale;
                if (column >= columns) continue;
                const double weight = layer.heads[static_cast<std::size_t>(x / stride)]
                                                 [static_cast<std::size_t>(y / scale * columns + column)];
                pixels[static_cast<std::size_t>(y * width + x)] =
                    static_cast<std::uint8_t>(std::lround(most > 0 ? 255 - 255 * weight / most : 255));
            }
        }
        events.image(layer.name.empty() ? "attention" : "attention/" + layer.name, step, height, width, 1, pixels);
    }
}

}  // namespace heed::training
