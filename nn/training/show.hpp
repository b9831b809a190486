#pragma once
// What TensorBoard shows of a run beside its curves: weights as histograms, attention as images.
#include <heed/nn/inspect/page/page.hpp>
#include <heed/nn/params/params.hpp>
#include <heed/nn/training/run/heads_image.hpp>
#include <heed/nn/training/run/tensorboard.hpp>
#include <heed/nn/training/step.hpp>

namespace heed::training {

// A histogram "weights/NAME" of each parameter that holds a finite value.
HEED_ABI void show_weights(Events& events, Dim step, const nn::Params& params);

// loss(batch, shard); the weights of its attentions in the first example go to `layers`. They stay empty where nothing
// attends, and where a layer has more than 2^23 weights in the batch, or all layers more than inspect::most_weights in
// the example: making those would cost too much.
HEED_ABI Loss watched(const LossOf& loss, Dim batch, Shard shard, std::vector<inspect::Layer>& layers);

}  // namespace heed::training
