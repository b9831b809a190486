#pragma once
// Decoding the output of a network trained with ctc_loss: labels from log-probabilities of classes at each frame.
#include <vector>
#include <heed/ops/ops.hpp>

namespace heed::nn {

// The most probable class of each frame, repeats merged and blanks left out: the labels of the best path, for each
// example. log_probs (b, t, classes), of which the first lengths(i) frames of example i count. Throws ShapeError,
// RangeError.
std::vector<std::vector<Dim>> ctc_greedy(In log_probs, const Ints& lengths, Dim blank = 0);

struct HEED_ABI CtcHypothesis {
    std::vector<Dim> labels;
    double
        log_prob;  // of all paths found that give the labels; with a beam as wide as there are prefixes, of all paths
};

struct CtcBeamOptions {
    Dim beam = 8;  // prefixes that are kept at each frame
    Dim blank = 0;
};

// Prefix beam search (Hannun, Maas, Jurafsky and Ng, "First-Pass Large Vocabulary Continuous Speech Recognition", 2014,
// algorithm 1, without a language model): for each example at most `beam` hypotheses, the most probable first, equal
// ones by their labels.
std::vector<std::vector<CtcHypothesis>> ctc_beam_search(In log_probs, const Ints& lengths,
                                                        const CtcBeamOptions& options = {});

}  // namespace heed::nn
