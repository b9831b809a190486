#pragma once
// Draws pictures of a class out of noise: a transformer over patches that is shown a picture mixed with noise, the
// share of the picture and the class, and says what the picture is (Li and He, "Back to Basics: Let Denoising
// Generative Models Denoise", 2025).
#include <heed/examples/paint/pictures.hpp>
#include <heed/nn/generate/adaptive.hpp>

namespace heed::paint {

struct FlowModelOptions : SizeOptions {
    Dim patch = 4;
    double unclassed = 0.1;
    void declare(training::Settings& s);
};

struct FlowModel {
    using Options = FlowModelOptions;
    static constexpr const char* program = "paint flow";
    FlowModelOptions options;
    nn::Linear patch, time, out;
    nn::Embedding classes;  // and one row for a picture of any class
    nn::LearnedPositions positions;
    nn::AdaptiveEncoder encoder;

    // Throws RangeError for sizes that do not fit together.
    FlowModel(const nn::Params& p, const FlowModelOptions& o);
    Dim rows() const { return options.height / options.patch; }
    Dim columns() const { return options.width / options.patch; }
    Dim any() const { return options.class_count(); }  // the label that stands for any class

    // What the picture is of which z (b, height, width, 1) has the share t (b), the rest being noise. -> as z
    Var operator()(In z, In t, const Ints& labels) const;
    // The mean square of what is wrong with the velocity from noise to picture, at shares and noise that are drawn.
    Var loss(const Batch& batch) const;
};

struct Painting {
    Dim steps = 20;
    std::uint64_t seed = 1;
    double guidance = 2;  // how much further from a picture of any class to one of this class; 1: no further
};
// Pictures of these classes, (n, height, width, 1); another `part` of many is another one. `until`: the share of the
// picture at which to stop.
Var painted(const FlowModel& model, const Ints& labels, const Painting& how, std::uint64_t part = 0, double until = 1);

}  // namespace heed::paint
