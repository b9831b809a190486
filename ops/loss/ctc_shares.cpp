// The gradient of ctc_loss by ops: Graves et al., "Connectionist Temporal Classification", 2006, equations 5 to 15, in
// logarithms, all examples of a batch at once.
#include <algorithm>
#include <limits>
#include <heed/core/base/list.hpp>
#include <heed/ops/loss/ctc_lattice.hpp>
#include <heed/ops/loss/ctc_shares.hpp>
#include <heed/ops/ops.hpp>

namespace heed {
namespace {

constexpr Real infinity = std::numeric_limits<Real>::infinity();

// Less its largest element: shares do not depend on it, and float keeps the digits that long sums would lose.
Var levelled(const Var& x) {
    const Var most = max(x.detach(), -1, keep_axis);
    return x - where(equal(most, -infinity), 0, most);
}

// The element so many states before, or behind where `by` is negative.
Var shifted(const Var& x, Dim by) {
    const Dim n = x.dim(-1), after = std::max<Dim>(-by, 0);
    return slice(pad(x, {{std::max<Dim>(by, 0), after}}, -infinity), -1, after, after + n);
}

}  // namespace

CtcStates::CtcStates(const Shape& log_probs, const Ints& targets, const Ints& input_lengths, const Ints& target_lengths,
                     Dim blank)
    : frames(input_lengths) {
    const Dim batch = log_probs[0], times = log_probs[1], most = targets.shape()[1];
    const auto& labels = target_lengths.storage();
    const Dim n = 2 * *std::max_element(labels.begin(), labels.end()) + 1;
    classes = Ints::from_shape({batch, times, n});
    skips = filled({batch, n}, 0);
    ends = filled({batch, n}, -infinity);
    for (Dim i = 0; i < batch; ++i) {
        const Lattice one{times, log_probs[2], target_lengths(i), nullptr, targets.storage().data() + i * most, blank};
        for (Dim s = 0; s < n; ++s) {
            const bool within = s < one.states();
            for (Dim t = 0; t < times; ++t) classes(i, t, s) = within ? one.class_of(s) : blank;
            skips(i, s) = within && one.skips_to(s);
            if (within && s >= one.states() - 2) ends(i, s) = 0;
        }
    }
}

Array CtcStates::frames_that_count(Dim without) const {
    const Dim batch = classes.shape()[0], times = classes.shape()[1];
    Array is = Array::from_shape({batch, times, 1});
    for (Dim i = 0; i < batch; ++i)
        for (Dim t = 0; t < times; ++t) is(i, t, 0) = t < frames(i) - without;
    return is;
}

Var ctc_shares(const Var& log_probs, const CtcStates& states, const Var& weights) {
    const Dim times = log_probs.dim(1);
    const Var emitted = gather(log_probs, states.classes, -1), skips(states.skips), ends(states.ends);
    const Var goes_on(states.frames_that_count(1)), counts(states.frames_that_count(0));
    // alpha: the logarithm of all ways to a state at a frame; beta: of all ways on from it to the end
    List<Var> alphas, shares(static_cast<std::size_t>(times));
    for (Dim t = 0; t < times; ++t) {
        const Var own = pick(emitted, 1, t);
        if (t == 0) {
            const Dim first = std::min<Dim>(2, own.dim(-1));
            alphas.push_back(levelled(pad(slice(own, -1, 0, first), {{0, own.dim(-1) - first}}, -infinity)));
            continue;
        }
        const Var& last = alphas.back();
        const Var over = where(skips, shifted(last, 2), -infinity);
        alphas.push_back(levelled(own + logsumexp(stack({last, shifted(last, 1), over}, -1), -1)));
    }
    Var beta = ends;
    for (Dim t = times; t-- > 0;) {
        if (t + 1 < times) {
            const Var next = beta + pick(emitted, 1, t + 1), over = where(skips, next, -infinity);
            const Var on = levelled(logsumexp(stack({next, shifted(next, -1), shifted(over, -2)}, -1), -1));
            beta = where(pick(goes_on, 1, t), on, ends);
        }
        shares[static_cast<std::size_t>(t)] = softmax(alphas[static_cast<std::size_t>(t)] + beta);
    }
    const Var weighted = where(counts, stack(shares, 1) * reshape(weights, {-1, 1, 1}), 0);
    return scatter_add(zeros(log_probs.shape()), states.classes, weighted, -1);
}

}  // namespace heed
