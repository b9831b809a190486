#pragma once
// Which word a clip holds: convolutions over the frames, a transformer encoder, and the mean of what it says.
#include <heed/nn/conv.hpp>
#include <heed/nn/positions.hpp>
#include <heed/nn/transformer.hpp>

namespace heed::frames {

struct ModelOptions {
    Dim bands = 40;
    Dim classes = 10;
    Dim dim = 96;
    Dim layers = 3;
    Dim heads = 4;
    Dim hidden = 192;
    Dim longest = 100;  // frames of a clip; what follows is left out
    double dropout = 0.1;
};

struct HEED_ABI Model {
    static constexpr Dim frames_a_step = 2;
    ModelOptions options;
    nn::Conv1d first, second;  // of 5 and 3 frames, the second halves their number
    nn::SinusoidalPositions positions;
    nn::TransformerEncoder encoder;
    nn::Linear head;

    Model(nn::Params p, const ModelOptions& o);
    // features (b, frames, bands), of which the first lengths(i) frames of clip i count -> logits (b, classes). What follows a clip changes
    // nothing, as long as it is 0.
    Var operator()(In features, const Ints& lengths) const;
};

}  // namespace heed::frames
