#pragma once
// Says labels one after the other: a GRU that looks at what was heard by attention which knows where it has looked (Chorowski et al.,
// "Attention-Based Models for Speech Recognition", 2015).
#include <heed/examples/frames/heads.hpp>
#include <heed/nn/location.hpp>
#include <heed/nn/recurrent.hpp>

namespace heed::frames {

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

    Var loss(const Encoded& heard, const training::Padded& labels, double smoothing) const;  // each label told those before it
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
