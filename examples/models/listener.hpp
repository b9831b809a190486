#pragma once
// A model of sound: frames of a spectrogram through a transformer, with one answer for the clip or one for each frame.
#include <heed/heed.hpp>

namespace heed::models {

struct Listener {
    struct Options {
        Dim frames, bands, outputs;  // the longest clip; values in a frame; words, or letters with CTC's blank
        Dim layers = 4, heads = 4, width = 144, hidden = 576;
    };

    nn::Linear in;
    nn::SinusoidalPositions position;
    nn::TransformerEncoder stack;
    nn::Linear head;

    Listener(const nn::Params& p, const Options& o)
        : in(p / "in", o.bands, o.width), position(o.frames, o.width),
          stack(p, o.layers, o.width, o.heads, {.hidden = o.hidden}), head(p / "head", o.width, o.outputs) {}

    Var encode(In sound) const { return stack(position(in(sound))); }      // (b, t, bands) -> (b, t, width)
    Var classify(In sound) const { return head(mean(encode(sound), 1)); }  // -> (b, outputs), for cross_entropy
    Var transcribe(In sound) const { return head(encode(sound)); }         // -> (b, t, outputs), for ctc_loss
};

}  // namespace heed::models
