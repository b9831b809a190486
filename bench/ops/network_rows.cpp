// Rows of products, convolutions, norms, attention and cells.
#include <heed/bench/ops/row.hpp>
#include <heed/ops/attention/attention.hpp>
#include <heed/ops/attention/linear_attention.hpp>

namespace heed::bench {

std::vector<OpRow> network_rows() {
    const Operand a = normal_in({Shape{32, 32}, {256, 256}, {1536, 1536}});
    const Operand batch = normal_in({Shape{4, 16, 16}, {16, 64, 64}, {64, 256, 256}});
    const Operand rows = normal_in({Shape{16, 64}, {512, 256}, {4096, 768}});
    const Operand weight = normal_in({Shape{64, 32}, {256, 256}, {768, 768}}),
                  bias = normal_in({Shape{32}, {256}, {768}});
    const Operand sequence = normal_in({Shape{2, 32, 8}, {8, 128, 64}, {32, 1000, 128}});
    const Operand taps = normal_in({Shape{3, 8, 16}, {3, 64, 64}, {3, 128, 128}});
    const Operand image = normal_in({Shape{1, 8, 8, 8}, {8, 28, 28, 16}, {32, 56, 56, 64}});
    const Operand filter = normal_in({Shape{3, 3, 8, 16}, {3, 3, 16, 32}, {3, 3, 64, 64}});
    const Operand channel_filter = normal_in({Shape{3, 3, 1, 8}, {3, 3, 1, 16}, {3, 3, 1, 64}});
    const Operand filter_bias = normal_in({Shape{16}, {32}, {64}});
    const Operand table = normal_in({Shape{32, 32}, {512, 512}, {5000, 2000}});
    const Operand gain = normal_in({Shape{32}, {512}, {2000}}), channels = normal_in({Shape{8}, {16}, {64}});
    const Operand q = normal_in({Shape{1, 2, 16, 16}, {2, 8, 128, 64}, {4, 8, 512, 64}});
    const Operand scores = normal_in({Shape{1, 2, 16, 16}, {2, 8, 128, 128}, {4, 8, 512, 512}});
    const Operand few = normal_in({Shape{1, 8, 16}, {4, 64, 64}, {8, 128, 128}}),
                  w = normal_in({Shape{16}, {64}, {128}});
    const Operand flat_heads = normal_in({Shape{2, 16, 32}, {8, 128, 256}, {16, 1024, 512}});
    const Operand input = normal_in({Shape{4, 16}, {32, 128}, {128, 512}});
    const Operand three = within(-0.1, 0.1, {Shape{16, 48}, {128, 384}, {512, 1536}});
    const Operand four = within(-0.1, 0.1, {Shape{16, 64}, {128, 512}, {512, 2048}});
    const Operand bias3 = normal_in({Shape{48}, {384}, {1536}}), bias4 = normal_in({Shape{64}, {512}, {2048}});
    const Operand boxes = within(0.2, 0.8, {Shape{100, 4}, {10'000, 4}, {1'000'000, 4}});
    // clang-format off
    return {
        {"matmul", {a, a}, [](G g) { return matmul(g[0], g[1]); }},
        {"matmul/batch", {batch, batch}, [](G g) { return matmul(g[0], g[1]); }},
        {"linear", {rows, weight, bias}, [](G g) { return linear(g[0], g[1], g[2]); }},
        {"einsum/heads", {q, q}, [](G g) { return einsum("bhid,bhjd->bhij", {g[0], g[1]}); }},

        {"conv1d", {sequence, taps}, [](G g) { return conv1d(g[0], g[1], {.padding = 1}); }},
        {"conv2d", {image, filter, filter_bias}, [](G g) { return conv2d(g[0], g[1], g[2], {.padding = 1}); }},
        {"conv2d/stride", {image, filter}, [](G g) { return conv2d(g[0], g[1], {.stride = 2, .padding = 1}); }},
        {"conv2d/depthwise", {image, channel_filter},
         [](G g) { return conv2d(g[0], g[1], {.padding = 1, .groups = g[0].dim(-1)}); }},
        {"conv_transpose1d", {sequence, normal_in({Shape{4, 8, 8}, {4, 32, 64}, {4, 64, 128}})},
         [](G g) { return conv_transpose1d(g[0], g[1], {.stride = 2, .padding = 1}); }},
        {"conv_transpose2d", {image, normal_in({Shape{4, 4, 4, 8}, {4, 4, 8, 16}, {4, 4, 32, 64}})},
         [](G g) { return conv_transpose2d(g[0], g[1], {.stride = 2, .padding = 1}); }},
        {"max_pool1d", {sequence}, [](G g) { return max_pool1d(g[0], 2); }},
        {"max_pool2d", {image}, [](G g) { return max_pool2d(g[0], 2); }},
        {"max_pool2d/overlapping", {image}, [](G g) { return max_pool2d(g[0], 3, {.stride = 2, .padding = 1}); }},
        {"avg_pool1d", {sequence}, [](G g) { return avg_pool1d(g[0], 2); }},
        {"avg_pool2d", {image}, [](G g) { return avg_pool2d(g[0], 2); }},
        {"interpolate/linear", {image}, [](G g) { return interpolate(g[0], {2 * g[0].dim(1), 2 * g[0].dim(2)}); }},
        {"interpolate/nearest", {image},
         [](G g) { return interpolate(g[0], {2 * g[0].dim(1), 2 * g[0].dim(2)}, {.nearest = true}); }},

        {"layer_norm", {table, gain, gain}, [](G g) { return layer_norm(g[0], g[1], g[2]); }},
        {"rms_norm", {table, gain}, [](G g) { return rms_norm(g[0], g[1]); }},
        {"group_norm", {image, channels, channels}, [](G g) { return group_norm(g[0], 4, g[1], g[2]); }},
        {"batch_norm", {image, channels, channels}, [](G g) { return batch_norm(g[0], g[1], g[2]); }},
        {"box_iou", {boxes, boxes}, [](G g) { return box_iou(box_corners(g[0]), box_corners(g[1])); }},
        {"generalized_box_iou", {boxes, boxes},
         [](G g) { return generalized_box_iou(box_corners(g[0]), box_corners(g[1])); }},
        {"box_corners", {boxes}, [](G g) { return box_corners(g[0]); }},
        {"box_centres", {boxes}, [](G g) { return box_centres(g[0]); }},

        {"attention", {q, q, q}, [](G g) { return attention(g[0], g[1], g[2]); }},
        {"attention/causal", {q, q, q}, [](G g) { return attention(g[0], g[1], g[2], {.mask = causal()}); }},
        {"attention_weights", {q, q}, [](G g) { return attention_weights(g[0], g[1]); }},
        {"linear_attention", {q, q, q}, [](G g) { return linear_attention(g[0], g[1], g[2], {.causal = false}); }},
        {"masked", {scores}, [](G g) { return masked(g[0], causal()); }},
        {"rotary", {flat_heads}, [](G g) { return rotary(g[0], 4); }},
        {"additive_score", {few, few, w}, [](G g) { return additive_score(g[0], g[1], g[2]); }},

        {"gru_cell", {input, input, three, three, bias3, bias3},
         [](G g) { return gru_cell(linear(g[0], g[2], g[4]), linear(g[1], g[3], g[5]), g[1]); }},
        {"lstm_cell", {input, input, input, four, four, bias4, bias4},
         [](G g) { return lstm_cell(linear(g[0], g[3], g[5]), linear(g[1], g[4], g[6]), g[2]); }},
    };
    // clang-format on
}

}  // namespace heed::bench
