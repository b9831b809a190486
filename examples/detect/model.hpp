#pragma once
// A detection transformer: convolutions make patches, an encoder relates them, and object queries with an optimal
// assignment to the boxes look for one object each (Carion et al., "End-to-End Object Detection with Transformers",
// 2020). A query begins as the patch that its head finds most like an object, and each layer corrects its box (Zhu et
// al., "Deformable DETR", 2021, its two stages).
#include <optional>
#include <string>
#include <vector>
#include <heed/examples/models/image_options.hpp>
#include <heed/nn/data/image/coco_ap.hpp>
#include <heed/nn/layers/conv.hpp>
#include <heed/nn/layers/heads/detection_loss.hpp>
#include <heed/nn/layers/transformer.hpp>

namespace heed::detect {

struct ModelOptions : models::ImageOptions {
    double object = 24;  // side of an object in pixels, about
    Dim patch = 8;       // pixels to each side; 2, 4, 8, ..., a divisor of both sizes
    Dim dim = 96, layers = 2, decoder_layers = 2, heads = 4, hidden = 192, queries = 60;
    double dropout = 0;

    ModelOptions() : ImageOptions{.height = 120, .width = 160, .channels = 3} {}
    void declare(training::Settings& s);
};

struct HEED_ABI Outputs {
    nn::Predictions patches;              // by the encoder, one for each patch
    std::vector<nn::Predictions> layers;  // by each layer of the decoder, one for each query
};

// Halves height and width.
struct HEED_ABI Stage {
    nn::Conv2d half;
    nn::GroupNorm norm;
    nn::Conv2d more;
    Stage(const nn::Params& p, Dim in, Dim out);
    Var operator()(In x) const;
};

// Classes, and what is corrected of a box: its centre in parts of its size, the logarithm of its size.
struct HEED_ABI Head {
    nn::Linear score, hidden, box;
    Head(const nn::Params& p, Dim dim, Dim classes);
    nn::Predictions operator()(In x, In boxes) const;
};

struct HEED_ABI Model {
    using Options = ModelOptions;
    static constexpr const char* program = "detect";
    ModelOptions options;
    std::vector<Stage> stem;
    nn::TransformerEncoder encoder;
    Head patch_head;
    nn::Linear query, query_box;
    nn::TransformerDecoder decoder;
    Head head;
    Var boxes, positions;  // of the patches: (n, 4), (n, dim)

    // Throws RangeError for sizes that do not fit together.
    Model(const nn::Params& p, const ModelOptions& o);
    Dim rows() const { return options.height / options.patch; }
    Dim columns() const { return options.width / options.patch; }

    Outputs operator()(In images) const;  // (b, height, width, channels)
};

// Each layer of the decoder has one query for each object; of the patches `times` find an object each, so that learning
// has many examples.
Var loss(const Outputs& out, const std::vector<std::vector<image::LabelledBox>>& boxes, const ModelOptions& o,
         Dim times);

// What the last layer found in each image, in pixels: of each query every class.
std::vector<std::vector<image::Detection>> detections(const Outputs& out, const ModelOptions& o);

}  // namespace heed::detect
