// Rows of small convolution networks: the loss of a batch, by parameters and images.
#include <cmath>
#include <utility>
#include <heed/bench/ops/row.hpp>

namespace heed::bench {
namespace {

Operand sized(const Shape& shape, double most) { return within(-most, most, {shape, shape, shape}); }
// Uniform as the usual initial weights are: of 3 x 3 taps, or of one.
Operand filter(Dim in, Dim out) { return sized({3, 3, in, out}, 1 / std::sqrt(9.0 * static_cast<double>(in))); }
Operand matrix(const Shape& shape, Dim in) { return sized(shape, 1 / std::sqrt(static_cast<double>(in))); }
Operand vector(Dim n) { return sized({n}, 1); }
Operand images(const Shape& shape) { return normal_in({shape, shape, shape}).fixed(); }

// Three times a convolution, group norm, ReLU and max pooling; then the mean of all positions, and ten classes.
Var classifier_loss(G g) {
    Var h = g[0];
    for (std::size_t n = 1; n < 13; n += 4)
        h = max_pool2d(relu(group_norm(conv2d(h, g[n], g[n + 1], {.padding = 1}), 4, g[n + 2], g[n + 3])), 2);
    return cross_entropy(linear(mean(h, {1, 2}), g[13], g[14]), g.ids[0]);
}

Var twice(Var h, G g, std::size_t n) {
    for (std::size_t k = n; k < n + 4; k += 2) h = relu(conv2d(h, g[k], g[k + 1], {.padding = 1}));
    return h;
}

// A U-Net of two levels: two convolutions on each, max pooling between them, and the upper level's once more with what
// comes from below, at twice its size.
Var unet_loss(G g) {
    const Var upper = twice(g[0], g, 1), lower = twice(max_pool2d(upper, 2), g, 5);
    const Var wide = interpolate(lower, {upper.dim(1), upper.dim(2)}, {.nearest = true});
    return mse_loss(linear(twice(concat({upper, wide}), g, 9), g[13], g[14]), g[15]);
}

}  // namespace

std::vector<OpRow> convolution_rows() {
    std::vector<Operand> classifier{images({32, 28, 28, 1})}, unet{images({16, 32, 32, 3})};
    const auto add = [](std::vector<Operand>& to, Dim in, Dim out, bool norm) {
        to.insert(to.end(), {filter(in, out), vector(out)});
        if (norm) to.insert(to.end(), {vector(out), vector(out)});
    };
    for (const auto& [in, out] : {std::pair{1, 16}, {16, 32}, {32, 64}}) add(classifier, in, out, true);
    classifier.insert(classifier.end(),
                      {matrix({64, 10}, 64), vector(10), ids_below({10, 10, 10}, {Shape{32}, {32}, {32}})});
    for (const auto& [in, out] : {std::pair{3, 16}, {16, 16}, {16, 32}, {32, 32}, {48, 16}, {16, 16}})
        add(unet, in, out, false);
    unet.insert(unet.end(), {matrix({16, 3}, 16), vector(3), images({16, 32, 32, 3})});
    return {{"convolutions/classifier", std::move(classifier), classifier_loss},
            {"convolutions/U-Net", std::move(unet), unet_loss}};
}

}  // namespace heed::bench
