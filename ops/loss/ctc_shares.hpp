#pragma once
// The gradient of ctc_loss written with ops, so that it can be differentiated again.
// Private to heed; not installed.
#include <heed/core/var.hpp>

namespace heed {

// The targets of a batch as its ops read them. Every example has as many states as the longest target needs; from those
// behind a shorter target's end no way leads to it.
struct HEED_ABI CtcStates {
    Ints classes;  // (b, t, states)
    Array skips;   // (b, states): 1 where a path may come over a blank
    Array ends;    // (b, states): 0 where a path may end, -inf elsewhere
    Ints frames;   // (b)

    CtcStates(const Shape& log_probs, const Ints& targets, const Ints& input_lengths, const Ints& target_lengths,
              Dim blank);

    // (b, t, 1): 1 at the frames of each example, but for its last `without`
    Array frames_that_count(Dim without) const;
};

// (b, t, classes): the share of an example's paths that are in a state of a class at a frame, times the example's
// weight; zeros where no path gives the target, and behind its frames. Lattice::backward gives the same, negated.
Var ctc_shares(const Var& log_probs, const CtcStates& states, const Var& weights /* (b) */);

}  // namespace heed
