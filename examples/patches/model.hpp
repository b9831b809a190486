#pragma once
// A vision transformer (Dosovitskiy et al., "An Image Is Worth 16x16 Words", 2021): patches of an image as tokens, and
// the mean of their states for the head.
#include <string>
#include <vector>
#include <heed/examples/models/image_options.hpp>
#include <heed/nn/layers/conv.hpp>
#include <heed/nn/layers/positions.hpp>
#include <heed/nn/layers/transformer.hpp>

namespace heed::patches {

struct ModelOptions : models::ImageOptions {
    Dim patch = 4;             // pixels to each side; a divisor of both sizes
    bool convolutions = true;  // patches by convolutions of 3 x 3, each halving the sizes (Xiao et al., "Early
                               // Convolutions Help Transformers See Better", 2021), while `patch` is a power of 2;
                               // false: by one linear layer, as published
    bool offsets = false;      // a learned bias of each head for each offset between two patches (Liu et al., "Swin
                               // Transformer", 2021)
    Dim dim = 64, layers = 4, heads = 4, hidden = 128;
    double dropout = 0.1;

    ModelOptions() : ImageOptions{.height = 28, .width = 28, .channels = 1} {}
    void declare(training::Settings& s);
};

struct HEED_ABI Model {
    using Options = ModelOptions;
    static constexpr const char* program = "patches";
    ModelOptions options;
    std::vector<nn::Conv2d> stem;
    nn::LearnedPositions positions;
    Var offsets;  // (heads, (2 rows - 1) (2 columns - 1)), or empty
    nn::TransformerEncoder encoder;
    nn::Linear head;

    // Throws RangeError for sizes that do not fit together.
    Model(nn::Params p, const ModelOptions& o);
    Dim rows() const { return options.height / options.patch; }
    Dim columns() const { return options.width / options.patch; }

    Var operator()(In images) const;  // (b, height, width, channels) -> logits (b, classes)
    Var features(In images) const;    // what the logits are made of, (b, dim)
};

}  // namespace heed::patches
