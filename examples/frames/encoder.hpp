#pragma once
// The encoder, with one state for each step of 40 ms: convolutions over frames and bands, then a Transformer encoder.
#include <string>
#include <heed/nn/data/audio/speech/batches.hpp>
#include <heed/nn/layers/conv.hpp>
#include <heed/nn/layers/transformer.hpp>
#include <heed/nn/program/options.hpp>

namespace heed::frames {

struct ModelOptions {
    std::string task = "digits";
    std::string decoder = "label";  // one label a clip; or "ctc" or "attention" for several
    double ctc_share = 0.3;         // of the loss, beside an attention decoder
    double range = 7;               // of the energies of a clip, in nats: those further below the loudest are clamped
    Dim labels = 0;                 // 0: as many as the task has symbols
    Dim bands = 40;
    Dim channels = 32;  // of the convolutions
    Dim dim = 128, layers = 3, heads = 4, hidden = 256;
    double dropout = 0.3;

    void declare(training::Settings& s);
    Dim label_count() const;
    audio::FeatureOptions features() const { return {{.bands = bands, .low = 60, .floor = 1e-4}, range}; }
};

struct HEED_ABI Encoded {
    Var states;           // (b, t, dim)
    Ints steps;           // (b): how many of the t steps count
    Array alive() const;  // (b, t, 1): 1 where a step counts, 0 elsewhere
};

// Two convolutions of 3 x 3, each of which halves frames and bands, as in Dong, Xu and Xu, "Speech-Transformer", 2018;
// rotary positions, so that a string may be longer than any in the training set.
struct HEED_ABI Encoder {
    static constexpr Dim frames_a_step = 4;
    nn::Conv2d first, second;
    nn::Linear join;
    nn::Dropout drop;
    nn::TransformerEncoder layers;

    Encoder(nn::Params p, const ModelOptions& o);
    // features (b, frames, bands), of which the first lengths(i) frames of clip i count. What follows
    // a clip changes nothing, as long as it is 0.
    Encoded operator()(In features, const Ints& lengths) const;
};

}  // namespace heed::frames
