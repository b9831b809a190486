// Convolutions, pooling, group norm and interpolation beside PyTorch's.
#include <heed/tests/both/reference/reference.hpp>

// clang-format off

namespace heed::reference {
namespace {

using G = const Given&;

const Table table("spatial", {
    {"conv1d", {"plain"}, [](G in) { return conv1d(in[0], in[1]); }},
    {"conv1d", {"bias"}, [](G in) { return conv1d(in[0], in[1], in[2]); }},
    {"conv1d", {"strided"}, [](G in) { return conv1d(in[0], in[1], in[2], {.stride = 2, .padding = 2}); }},
    {"conv1d", {"dilated"}, [](G in) { return conv1d(in[0], in[1], in[2], {.padding = 3, .dilation = 3}); }},
    {"conv1d", {"groups"}, [](G in) { return conv1d(in[0], in[1], in[2], {.stride = 3, .groups = 2}); }},
    {"conv1d", {"depthwise"}, [](G in) { return conv1d(in[0], in[1], in[2], {.padding = 1, .groups = 5}); }},
    {"conv1d", {"two filters a channel"}, [](G in) { return conv1d(in[0], in[1], {.groups = 3}); }},
    {"conv2d", {"plain"}, [](G in) { return conv2d(in[0], in[1]); }},
    {"conv2d", {"bias"}, [](G in) { return conv2d(in[0], in[1], in[2], {.padding = 1}); }},
    {"conv2d", {"apart"}, [](G in) { return conv2d(in[0], in[1], in[2], {.stride = {2, 1}, .padding = {0, 2}, .dilation = {1, 2}}); }},
    {"conv2d", {"groups"}, [](G in) { return conv2d(in[0], in[1], {.stride = 2, .padding = 1, .groups = 2}); }},
    {"conv2d", {"depthwise"}, [](G in) { return conv2d(in[0], in[1], in[2], {.stride = 2, .padding = 1, .groups = 4}); }},
    {"conv2d", {"one tap"}, [](G in) { return conv2d(in[0], in[1], in[2]); }},
    {"conv_transpose1d", {"plain"}, [](G in) { return conv_transpose1d(in[0], in[1]); }},
    {"conv_transpose1d", {"bias"}, [](G in) { return conv_transpose1d(in[0], in[1], in[2]); }},
    {"conv_transpose1d", {"doubled"}, [](G in) {
        return conv_transpose1d(in[0], in[1], in[2], {.stride = 2, .padding = 1, .output_padding = 1});
    }},
    {"conv_transpose1d", {"dilated"}, [](G in) {
        return conv_transpose1d(in[0], in[1], in[2], {.padding = 2, .output_padding = 1, .dilation = 3});
    }},
    {"conv_transpose1d", {"groups"}, [](G in) { return conv_transpose1d(in[0], in[1], in[2], {.stride = 3, .groups = 2}); }},
    {"conv_transpose1d", {"depthwise"}, [](G in) {
        return conv_transpose1d(in[0], in[1], in[2], {.stride = 2, .padding = 1, .groups = 5});
    }},
    {"conv_transpose2d", {"plain"}, [](G in) { return conv_transpose2d(in[0], in[1]); }},
    {"conv_transpose2d", {"apart"}, [](G in) {
        return conv_transpose2d(in[0], in[1], in[2], {.stride = {2, 1}, .padding = {0, 2}, .output_padding = {1, 0}, .dilation = {1, 2}});
    }},
    {"conv_transpose2d", {"groups"}, [](G in) { return conv_transpose2d(in[0], in[1], {.stride = 2, .padding = 1, .groups = 2}); }},
    {"conv_transpose2d", {"one tap"}, [](G in) { return conv_transpose2d(in[0], in[1], in[2]); }},
    {"max_pool1d", {"halved", "ties, NaN and infinity"}, [](G in) { return max_pool1d(in[0], 2); }},
    {"max_pool1d", {"overlapping"}, [](G in) { return max_pool1d(in[0], 3, {.stride = 1, .padding = 1}); }},
    {"max_pool2d", {"halved"}, [](G in) { return max_pool2d(in[0], 2); }},
    {"max_pool2d", {"apart"}, [](G in) { return max_pool2d(in[0], {3, 2}, {.stride = {1, 2}, .padding = {1, 0}}); }},
    {"avg_pool1d", {"halved"}, [](G in) { return avg_pool1d(in[0], 2); }},
    {"avg_pool1d", {"overlapping"}, [](G in) { return avg_pool1d(in[0], 3, {.stride = 1, .padding = 1}); }},
    {"avg_pool2d", {"halved"}, [](G in) { return avg_pool2d(in[0], 2); }},
    {"avg_pool2d", {"apart"}, [](G in) { return avg_pool2d(in[0], {3, 2}, {.stride = {1, 2}, .padding = {1, 0}}); }},
    {"batch_norm", {"images", "sequence", "examples", "far from zero"}, [](G in) { return batch_norm(in[0], in[1], in[2]); }},
    {"batch_norm", {"epsilon"}, [](G in) { return batch_norm(in[0], in[1], in[2], 0.5); }},
    {"group_norm", {"images"}, [](G in) { return group_norm(in[0], 3, in[1], in[2]); }},
    {"group_norm", {"sequence"}, [](G in) { return group_norm(in[0], 1, in[1], in[2]); }},
    {"group_norm", {"epsilon"}, [](G in) { return group_norm(in[0], 4, in[1], in[2], 0.5); }},
    {"group_norm", {"far from zero"}, [](G in) { return group_norm(in[0], 2, in[1], in[2]); }},
    {"interpolate", {"longer"}, [](G in) { return interpolate(in[0], {7}); }},
    {"interpolate", {"shorter"}, [](G in) { return interpolate(in[0], {3}); }},
    {"interpolate", {"much shorter"}, [](G in) { return interpolate(in[0], {2}); }},
    {"interpolate", {"longer, corners"}, [](G in) { return interpolate(in[0], {7}, {.align_corners = true}); }},
    {"interpolate", {"shorter, corners"}, [](G in) { return interpolate(in[0], {3}, {.align_corners = true}); }},
    {"interpolate", {"much shorter, corners"}, [](G in) { return interpolate(in[0], {2}, {.align_corners = true}); }},
    {"interpolate", {"longer, nearest"}, [](G in) { return interpolate(in[0], {7}, {.nearest = true}); }},
    {"interpolate", {"shorter, nearest"}, [](G in) { return interpolate(in[0], {3}, {.nearest = true}); }},
    {"interpolate", {"much shorter, nearest"}, [](G in) { return interpolate(in[0], {2}, {.nearest = true}); }},
    {"interpolate", {"image"}, [](G in) { return interpolate(in[0], {7, 3}); }},
    {"interpolate", {"image, corners"}, [](G in) { return interpolate(in[0], {7, 3}, {.align_corners = true}); }},
    {"interpolate", {"image, nearest"}, [](G in) { return interpolate(in[0], {7, 3}, {.nearest = true}); }},
});

}  // namespace
}  // namespace heed::reference
