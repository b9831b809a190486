#pragma once
// Decoders of the encoder's states: one label a clip, CTC (a label or blank at each step), or a recurrent network with
// attention that predicts one label after the other.
#include <heed/examples/frames/encoder.hpp>
#include <heed/examples/frames/task.hpp>
#include <heed/nn/data/rows.hpp>
#include <heed/nn/layers/location.hpp>
#include <heed/nn/layers/recurrent.hpp>

namespace heed::frames {

// Predicts the label of a clip from the mean of all steps.
struct HEED_ABI Classifier {
    nn::Dropout drop;
    nn::Linear out;
    Classifier(nn::Params p, const ModelOptions& o)
        : drop(p / "drop", o.dropout), out(p / "out", o.dim, o.label_count()) {}
    Var operator()(const Encoded& encoded) const;  // logits (b, labels)
    Var loss(const Encoded& encoded, const data::Padded& labels, double smoothing) const;
};

// Connectionist temporal classification; the blank is the last class.
struct HEED_ABI CtcReader {
    nn::Dropout drop;
    nn::Linear out;
    Dim blank;
    CtcReader(nn::Params p, const ModelOptions& o)
        : drop(p / "drop", o.dropout), out(p / "out", o.dim, o.label_count() + 1), blank(o.label_count()) {}
    // Log-probabilities (b, t, labels + 1).
    Var operator()(const Encoded& encoded) const { return log_softmax(out(drop(encoded.states))); }
    Var loss(const Encoded& encoded, const data::Padded& labels) const;
    std::vector<Labels> decode(const Encoded& encoded, Dim beam) const;  // 1: the best path
};

class HEED_ABI Speller {
public:
    Speller(nn::Params p, const ModelOptions& o);

    struct HEED_ABI State {
        nn::AttentionMemory memory;
        nn::AlignmentState alignment;
        Var h;  // (b, dim)
        void reorder(const Ints& rows);
    };
    State start(const Encoded& encoded) const;
    // Takes the previous label, (b), `end` before the first; gives logits of the next one, (b, labels + 1).
    Var next(State& state, const Ints& previous) const;

    // Teacher forcing: each label is predicted from the right ones before it.
    Var loss(const Encoded& encoded, const data::Padded& labels, double smoothing) const;
    // By beam search over sums of log probabilities; 1 is greedy. At most as many labels as steps.
    std::vector<Labels> decode(const Encoded& encoded, Dim beam) const;

private:
    Dim end_;  // the label after the last one
    nn::Embedding label_;
    nn::LocationAttention attend_;
    nn::GRUCell cell_;
    nn::Dropout drop_;
    nn::Linear out_;
};

}  // namespace heed::frames
