#pragma once
// Connectionist temporal classification: labels in order, without the frames at which they are. Decoding:
// nn/decode/ctc_decode.hpp.
#include <heed/ops/ops.hpp>

namespace heed {

struct CtcOptions {
    enum class Reduction {
        mean,  // each loss over its target's length (at least 1), then the mean of the batch, as in PyTorch
        sum,   // a scalar
        none,  // (b)
    };
    Dim blank = 0;  // the class that stands for no label
    Reduction reduction = Reduction::mean;
    bool zero_infinity = false;  // a target that no path gives counts 0 and gets no gradient, instead of being refused
};

// -log of the sum over all paths of classes that give the target once repeats are merged and blanks left out (Graves et
// al., "Connectionist Temporal Classification", 2006, equations 6 to 8; in logarithms). log_probs (b, t, classes), as
// log_softmax gives them; targets (b, n), of which row i holds target_lengths(i) labels and then anything; log_probs of
// i after input_lengths(i) do not count. Throws ShapeError or RangeError before any work: also, unless zero_infinity,
// for a target with more labels (and blanks between equal ones) than its frames. A loss that is infinite because
// log_probs hold -inf stays so, as in PyTorch, and its gradient is NaN.
Var ctc_loss(In log_probs, const Ints& targets, const Ints& input_lengths, const Ints& target_lengths,
             const CtcOptions& options = {});

}  // namespace heed
