#pragma once
// What can be made of what was heard: one label, or a label or none at each step.
#include <heed/examples/frames/encoder.hpp>
#include <heed/examples/frames/utterance.hpp>
#include <heed/nn/training/order.hpp>

namespace heed::frames {

// The mean of all steps says which label a clip holds.
struct HEED_ABI Classifier {
    nn::Dropout drop;
    nn::Linear out;
    Classifier(nn::Params p, const ModelOptions& o) : drop(p / "drop", o.dropout), out(p / "out", o.dim, o.label_count()) {}
    Var operator()(const Encoded& heard) const;  // logits (b, labels)
    Var loss(const Encoded& heard, const training::Padded& labels, double smoothing) const;
};

// Connectionist temporal classification; what says nothing is the last class.
struct HEED_ABI CtcReader {
    nn::Dropout drop;
    nn::Linear out;
    Dim blank;
    CtcReader(nn::Params p, const ModelOptions& o)
        : drop(p / "drop", o.dropout), out(p / "out", o.dim, o.label_count() + 1), blank(o.label_count()) {}
    Var operator()(const Encoded& heard) const { return log_softmax(out(drop(heard.states))); }  // (b, t, labels + 1)
    Var loss(const Encoded& heard, const training::Padded& labels) const;
    std::vector<Labels> read(const Encoded& heard, Dim beam) const;  // 1: the best path
};

}  // namespace heed::frames
