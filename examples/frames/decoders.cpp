// The decoders' forward, losses and searches.
#include <array>
#include <heed/examples/frames/decoders.hpp>
#include <heed/nn/decode/beam.hpp>
#include <heed/nn/decode/ctc_decode.hpp>
#include <heed/ops/loss/ctc.hpp>

namespace heed::frames {

Var Classifier::operator()(const Encoded& encoded) const {
    const Array alive = encoded.alive();
    return out(drop(sum(encoded.states * alive, {1}) / sum(alive, {1})));
}

Var Classifier::loss(const Encoded& encoded, const data::Padded& labels, double smoothing) const {
    Ints first = labels.lengths;
    for (Dim i = 0; i < count(first); ++i) first.data()[i] = labels.values(i, 0);
    return cross_entropy((*this)(encoded), first, {.smoothing = smoothing});
}

Var CtcReader::loss(const Encoded& encoded, const data::Padded& labels) const {
    // An utterance that augmentation made too short for its labels has loss 0.
    return ctc_loss((*this)(encoded), labels.values, encoded.steps, labels.lengths,
                    {.blank = blank, .zero_infinity = true});
}

std::vector<Labels> CtcReader::decode(const Encoded& encoded, Dim beam) const {
    const Var log_probs = (*this)(encoded);
    if (beam == 1) return nn::ctc_greedy(log_probs, encoded.steps, blank);
    std::vector<Labels> decoded;
    for (auto& found : nn::ctc_beam_search(log_probs, encoded.steps, {.beam = beam, .blank = blank}))
        decoded.push_back(std::move(found.front().labels));
    return decoded;
}

Speller::Speller(nn::Params p, const ModelOptions& o)
    : end_(o.label_count()), label_(p / "label", o.label_count() + 1, o.dim),
      // A filter reaches one second to each side: up to the next digit.
      attend_(p / "attend", o.dim, o.dim, o.dim, {.filters = 10, .width = 51, .coverage = true}),
      cell_(p / "cell", 2 * o.dim, o.dim), drop_(p / "drop", o.dropout),
      out_(p / "out", 2 * o.dim, o.label_count() + 1) {}

Speller::State Speller::start(const Encoded& encoded) const {
    const nn::AttentionMemory memory = attend_.remember(encoded.states, heed::lengths(encoded.steps));
    return {memory, attend_.start(memory), zeros({encoded.states.dim(0), cell_.width()})};
}

Var Speller::next(State& state, const Ints& previous) const {
    const Var context = attend_(state.h, state.memory, state.alignment);
    state.h = cell_(concat({label_(previous), context}), state.h);
    return out_(drop_(concat({state.h, context})));
}

Var Speller::loss(const Encoded& encoded, const data::Padded& labels, double smoothing) const {
    constexpr Dim ignored = -1;  // the target after the end
    const Dim batch = labels.values.shape()[0], most = labels.values.shape()[1];
    Ints wanted = Ints::from_shape({batch, most + 1});
    State state = start(encoded);
    std::vector<Var> logits;
    Ints previous(Shape{batch}, end_);
    for (Dim t = 0; t <= most; ++t) {
        logits.push_back(next(state, previous));
        for (Dim i = 0; i < batch; ++i) {
            const Dim n = labels.lengths(i);
            wanted(i, t) = t < n ? labels.values(i, t) : t == n ? end_ : ignored;
            previous(i) = t < n ? labels.values(i, t) : end_;
        }
    }
    return cross_entropy(stack(logits, 1), wanted, {.ignore = ignored, .smoothing = smoothing});
}

void Speller::State::reorder(const Ints& rows) {
    memory = {take(memory.keys, rows, 0), take(memory.values, rows, 0), {}};
    alignment = {take(alignment.previous, rows, 0), take(alignment.covered, rows, 0)};
    h = take(h, rows, 0);
}

// One utterance after the other, each without its padding.
std::vector<Labels> Speller::decode(const Encoded& encoded, Dim beam) const {
    std::vector<Labels> labels;
    for (Dim i = 0; i < encoded.states.dim(0); ++i) {
        const Dim steps = encoded.steps(i);
        State state = start({slice(slice(encoded.states, 0, i, i + 1), 1, 0, steps), Ints(Shape{1}, steps)});
        const std::vector<nn::BeamHypothesis> best = nn::beam_search(
            std::array{steps}, [&](const Ints& previous) { return log_softmax(next(state, previous)); },
            [&](const Ints& rows) { state.reorder(rows); }, {.width = beam, .begin = end_, .end = end_});
        labels.push_back(best.front().symbols);
    }
    return labels;
}

}  // namespace heed::frames
