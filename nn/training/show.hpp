#pragma once
// What TensorBoard shows of a run beside its curves: weights as histograms, attention as pictures.
#include <heed/nn/inspect/page.hpp>
#include <heed/nn/params.hpp>
#include <heed/nn/training/events.hpp>
#include <heed/nn/training/step.hpp>

namespace heed::training {

// A histogram "weights/NAME" of each parameter that holds a finite number.
HEED_ABI void show_weights(Events& events, Dim step, const nn::Params& params);

// A picture "attention/PATH" of each layer: its heads side by side, each with a row for every query and a column for every key, black for the
// layer's largest weight and white for 0. Places are squares, so large that the longer side of a head has about 128 pixels.
void show_attention(Events& events, Dim step, const std::vector<inspect::Layer>& layers);

// loss(batch); what its attentions looked at in the first example goes to `layers`. They stay empty where nothing attends, and where a layer
// has more than 2^23 weights in the batch, or all layers more than inspect::most_weights in the example: making those would cost too much.
HEED_ABI Loss watched(const Stepper::LossOf& loss, Dim batch, std::vector<inspect::Layer>& layers);

}  // namespace heed::training
