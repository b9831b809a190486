#pragma once
// Attention as images for TensorBoard.
#include <vector>
#include <heed/nn/inspect/page/page.hpp>
#include <heed/nn/training/run/tensorboard.hpp>

namespace heed::training {

// An image "attention/PATH" of each layer: its heads side by side, each with a row for every query and a column for
// every key, black for the layer's largest weight and white for 0. Cells are squares, so large that the longer side of
// a head has about 128 pixels.
void show_attention(Events& events, Dim step, const std::vector<inspect::Layer>& layers);

}  // namespace heed::training
