#pragma once
// How likely a picture is, to the bit: each pixel has a distribution over its 256 values, given all pixels before it in
// the order in which a picture is read. A causal transformer reads strips of pixels; a small network reads the pixels
// around each one, and what the transformer knows.
#include <heed/examples/paint/pictures.hpp>
#include <heed/nn/generate/logistic_mixture.hpp>
#include <heed/nn/layers/transformer.hpp>

namespace heed::paint {

struct DensityModelOptions : SizeOptions {
    Dim strip = 4, reach = 4, inner = 96, parts = 8;
    DensityModelOptions() { dim = 64, layers = 3, hidden = 128; }
    void declare(training::Settings& s);
};

struct DensityModel {
    using Options = DensityModelOptions;
    static constexpr const char* program = "paint density";
    DensityModelOptions options;
    nn::Linear strip, known, near, mix, out;
    Var start;  // stands before the first strip
    nn::LearnedPositions positions;
    nn::TransformerEncoder encoder;

    // Throws RangeError for sizes that do not fit together.
    DensityModel(const nn::Params& p, const DensityModelOptions& o);
    Dim strips() const { return options.height * options.width / options.strip; }

    // pictures (b, height, width, 1) -> the distribution of each pixel, (b, pixels, 3 parts)
    Var operator()(const Array& pictures) const;
    Var loss(const Batch& batch) const;  // bits of a pixel, the mean
};

}  // namespace heed::paint
