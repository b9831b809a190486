#pragma once
// What is made of the encoder's states: one label, a label or none at each step, or labels one after the other.
#include <heed/examples/frames/encoder.hpp>
#include <heed/examples/frames/recordings.hpp>
#include <heed/nn/data/rows.hpp>
#include <heed/nn/layers/location.hpp>
#include <heed/nn/layers/recurrent.hpp>

namespace heed::frames {

// The mean of all steps says which label a clip holds.
struct HEED_ABI Classifier {
    nn::Dropout drop;
    nn::Linear out;
    Classifier(nn::Params p, const ModelOptions& o) : drop(p / "drop", o.dropout), out(p / "out", o.dim, o.label_count()) {}
    Var operator()(const Encoded& heard) const;  // logits (b, labels)
    Var loss(const Encoded& heard, const data::Padded& labels, double smoothing) const;
};

// Connectionist temporal classification; what says nothing is the last class.
struct HEED_ABI CtcReader {
    nn::Dropout drop;
    nn::Linear out;
    Dim blank;
    CtcReader(nn::Params p, const ModelOptions& o)
        : drop(p / "drop", o.dropout), out(p / "out", o.dim, o.label_count() + 1), blank(o.label_count()) {}
    Var operator()(const Encoded& heard) const { return log_softmax(out(drop(heard.states))); }  // (b, t, labels + 1)
    Var loss(const Encoded& heard, const data::Padded& labels) const;
    std::vector<Labels> read(const Encoded& heard, Dim beam) const;  // 1: the best path
};

class HEED_ABI Speller {
public:
    Speller(nn::Params p, const ModelOptions& o);

    struct HEED_ABI State {
        nn::AttentionMemory memory;
        nn::AlignmentState looked;
        Var h;  // (b, dim)
        void reorder(const Ints& rows);
    };
    State start(const Encoded& heard) const;
    // Takes the label said last, (b), `end` before the first; gives logits of the next one, (b, labels + 1).
    Var next(State& state, const Ints& previous) const;

    Var loss(const Encoded& heard, const data::Padded& labels, double smoothing) const;  // each label told those before it
    // By beam search over sums of log probabilities; 1 is greedy. At most as many labels as steps.
    std::vector<Labels> read(const Encoded& heard, Dim beam) const;

private:
    Dim end_;  // the label after the last one
    nn::Embedding label_;
    nn::LocationAttention attend_;
    nn::GRUCell cell_;
    nn::Dropout drop_;
    nn::Linear out_;
};

}  // namespace heed::frames
