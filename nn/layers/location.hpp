#pragma once
// Additive attention that knows where it attended before: for speech, whose alignment moves forward and must not jump
// between equal phones, and for summaries, which must not repeat themselves.
#include <heed/nn/layers/attention.hpp>

namespace heed::nn {

// What a decoder carries from one step to the next: where it attended. Zeros before the first step.
struct HEED_ABI AlignmentState {
    Var previous;  // (b, t): the weights of the last step
    Var covered;   // (b, t): the sum of the weights of all steps so far
};

struct LocationOptions {
    Dim filters = 10;       // of the convolution over the last alignment (Chorowski et al., 2015); 0: none
    Dim width = 31;         // positions that a filter covers, an odd number, with the key in the middle
    bool coverage = false;  // a feature of the sum of past alignments (See, Liu, Manning, 2017)
    double dropout = 0;     // of the weights that sum the values; those in AlignmentState are without
};

// score(q, j) = w . tanh(Wq q + Wk k_j + b + U f_j + u c_j), with f_j = sum_o F_o a_(j + o - width / 2) the filters'
// view of the last alignment a, and c the sum of all. The gradient goes back through the alignments of the steps
// before.
struct HEED_ABI LocationAttention {
    AdditiveAttention attend;
    std::optional<Linear> filter, located;  // F (width, filters) and U (filters, d)
    std::optional<Linear> covered;          // u (1, d)

    // Throws RangeError for negative filters or an even width.
    LocationAttention(Params p, Dim query_width, Dim key_width, Dim width, const LocationOptions& options = {},
                      Site at = Site::current());

    // The memory's values are the memory itself, (b, t, key_width); a mask of lengths hides padding, which is never
    // attended to.
    AttentionMemory remember(In memory, const Mask& mask = {}) const { return attend.remember(memory, mask); }
    AlignmentState start(const AttentionMemory& memory) const;

    // One decoder step: q (b, query_width) -> (b, key_width). `state` advances; state.previous are this step's weights.
    Var operator()(In q, const AttentionMemory& memory, AlignmentState& state) const;
};

// See et al.'s penalty of a step: sum_j min(a_j, c_j), (b), of its weights a and the coverage c before it, each (b, t).
// 0 where it attends to new positions alone, 1 where to old ones alone. Mean over steps and examples, times a weight,
// goes into the loss.
Var coverage_loss(In weights, In covered);

}  // namespace heed::nn
