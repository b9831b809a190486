#include <algorithm>
#include <functional>
#include <limits>
#include <heed/examples/frames/speller.hpp>

namespace heed::frames {
namespace {

struct Hypothesis {
    Labels labels = {};
    double score = 0;      // the sum of log probabilities
    std::int64_t row = 0;  // of the state that it goes on from
};

// The best ways to say one more label.
std::vector<Hypothesis> grown(const std::vector<Hypothesis>& beam, const Array& log_p, Dim width) {
    std::vector<Hypothesis> all;
    for (std::size_t k = 0; k < beam.size(); ++k)
        for (Dim label = 0; label < log_p.shape()[1]; ++label) {
            const auto row = static_cast<Dim>(k);
            all.push_back({beam[k].labels, beam[k].score + static_cast<double>(log_p(row, label)), row});
            all.back().labels.push_back(label);
        }
    std::ranges::stable_sort(all, std::greater(), &Hypothesis::score);
    if (static_cast<Dim>(all.size()) > width) all.resize(static_cast<std::size_t>(width));
    return all;
}

}  // namespace

Speller::Speller(nn::Params p, const ModelOptions& o)
    : end_(o.label_count()),
      label_(p / "label", o.label_count() + 1, o.dim),
      attend_(p / "attend", o.dim, o.dim, o.dim, {.filters = 10, .width = 51, .coverage = true}),  // a second to each side: up to the next digit
      cell_(p / "cell", 2 * o.dim, o.dim),
      drop_(p / "drop", o.dropout),
      out_(p / "out", 2 * o.dim, o.label_count() + 1) {}

Speller::State Speller::start(const Encoded& heard) const {
    const nn::AttentionMemory memory = attend_.remember(heard.states, heed::lengths(heard.steps));
    return {memory, attend_.start(memory), zeros({heard.states.dim(0), cell_.width()})};
}

Var Speller::next(State& state, const Ints& previous) const {
    const Var context = attend_(state.h, state.memory, state.looked);
    state.h = cell_(concat({label_(previous), context}), state.h);
    return out_(drop_(concat({state.h, context})));
}

Var Speller::loss(const Encoded& heard, const training::Padded& labels, double smoothing) const {
    constexpr Dim nothing = -1;  // behind the end
    const Dim batch = labels.values.shape()[0], most = labels.values.shape()[1];
    Ints wanted = Ints::from_shape({batch, most + 1});
    State state = start(heard);
    std::vector<Var> logits;
    Ints previous(Shape{batch}, end_);
    for (Dim t = 0; t <= most; ++t) {
        logits.push_back(next(state, previous));
        for (Dim i = 0; i < batch; ++i) {
            const Dim n = labels.lengths(i);
            wanted(i, t) = t < n ? labels.values(i, t) : t == n ? end_ : nothing;
            previous(i) = t < n ? labels.values(i, t) : end_;
        }
    }
    return cross_entropy(stack(logits, 1), wanted, {.ignore = nothing, .smoothing = smoothing});
}

std::vector<Labels> Speller::read(const Encoded& heard, Dim beam) const {
    std::vector<Labels> said;
    for (Dim i = 0; i < heard.states.dim(0); ++i)
        said.push_back(search({slice(slice(heard.states, 0, i, i + 1), 1, 0, heard.steps(i)), Ints(Shape{1}, heard.steps(i))}, beam));
    return said;
}

Labels Speller::search(const Encoded& heard, Dim width) const {
    State state = start(heard);
    std::vector<Hypothesis> beam(1);
    Hypothesis best{.score = -std::numeric_limits<double>::infinity()};  // of those that have ended
    Ints previous(Shape{1}, end_);
    for (Dim n = 0; n < heard.steps(0); ++n) {
        const std::vector<Hypothesis> all = grown(beam, log_softmax(next(state, previous)).value(), width);
        beam.clear();
        for (const Hypothesis& one : all) {
            if (one.score <= best.score) break;  // scores only fall
            if (one.labels.back() == end_) best = one;
            else beam.push_back(one);
        }
        if (beam.empty()) break;
        const auto rows = static_cast<Dim>(beam.size());
        Ints from = Ints::from_shape({rows});
        previous = Ints::from_shape({rows});
        for (Dim k = 0; k < rows; ++k) {
            from(k) = beam[static_cast<std::size_t>(k)].row;
            previous(k) = beam[static_cast<std::size_t>(k)].labels.back();
        }
        state.memory = {take(state.memory.keys, from, 0), take(state.memory.values, from, 0), {}};
        state.looked = {take(state.looked.previous, from, 0), take(state.looked.covered, from, 0)};
        state.h = take(state.h, from, 0);
    }
    if (best.labels.empty()) return beam.front().labels;  // it never came to an end
    best.labels.pop_back();
    return best.labels;
}

}  // namespace heed::frames
