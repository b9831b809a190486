// Recurrent layers over whole sequences.
#include <fmt/format.h>
#include <heed/nn/layers/recurrent.hpp>
#include <heed/ops/mask/absent.hpp>
#include <heed/ops/mask/lengths.hpp>
#include <heed/ops/recurrent/sequence.hpp>

namespace heed::nn {
namespace {

Var side_by_side(const Var& forward, const Var& backward) { return concat({forward, backward}); }
LSTMState side_by_side(const LSTMState& forward, const LSTMState& backward) {
    return {concat({forward.h, backward.h}), concat({forward.c, backward.c})};
}
Var half(const Var& both, Dim from, Dim to) { return slice(both, 1, from, to); }
LSTMState half(const LSTMState& both, Dim from, Dim to) { return {half(both.h, from, to), half(both.c, from, to)}; }

void expect_state(const char* name, const Var& state, const Shape& wanted, Site at) {
    expect(
        state.shape() == wanted, name, "first", state.shape(), [&] { return to_string(wanted); }, at);
}
void expect_state(const char* name, const LSTMState& state, const Shape& wanted, Site at) {
    expect_state(name, state.h, wanted, at);
    expect_state(name, state.c, wanted, at);
}

// One direction of one layer over x (b, t, in), from the state `first`, or from zeros.
template <class State>
struct Run {
    Var outputs;  // (b, t, width)
    State last;
};
SequenceOptions sequence_of(const Ints* lengths, bool reverse) {
    return {.reverse = reverse, .lengths = lengths ? std::optional<Ints>(*lengths) : std::nullopt};
}

Run<Var> run(const GRUCell& cell, const Var& x, const Ints* lengths, bool reverse, const std::optional<Var>& first) {
    const Linear& hidden = cell.hidden;
    const SequenceOptions options = sequence_of(lengths, reverse);
    const Var states = first ? gru_sequence(cell.input(x), hidden.weight, hidden.bias, *first, options)
                             : gru_sequence(cell.input(x), hidden.weight, hidden.bias, options);
    return {states, pick(states, 1, reverse ? 0 : -1)};
}

Run<LSTMState> run(const LSTMCell& cell, const Var& x, const Ints* lengths, bool reverse,
                   const std::optional<LSTMState>& first) {
    const Linear& hidden = cell.hidden;
    const SequenceOptions options = sequence_of(lengths, reverse);
    const LSTMState states = first ? lstm_sequence(cell.input(x), hidden.weight, hidden.bias, *first, options)
                                   : lstm_sequence(cell.input(x), hidden.weight, hidden.bias, options);
    const Dim last = reverse ? 0 : -1;
    return {states.h, {pick(states.h, 1, last), pick(states.c, 1, last)}};
}

const char* name_of(const GRUCell&) { return "GRU"; }
const char* name_of(const LSTMCell&) { return "LSTM"; }

// All directions of one layer.
template <class Cell, class State = typename Cell::State>
Run<State> run_layer(const Cell& forward, const std::vector<Cell>& backward, const Var& x, const Ints* lengths,
                     const State* first) {
    const Dim width = forward.width();
    const auto of = [&](Dim from) {
        return first ? std::optional<State>(half(*first, from, from + width)) : std::nullopt;
    };
    if (backward.empty()) return run(forward, x, lengths, false, first ? std::optional<State>(*first) : std::nullopt);
    const Run<State> there = run(forward, x, lengths, false, of(0)),
                     back = run(backward.front(), x, lengths, true, of(width));
    return {side_by_side(there.outputs, back.outputs), side_by_side(there.last, back.last)};
}

template <class Cell>
typename Recurrent<Cell>::Result run_all(const Recurrent<Cell>& net, In x, const Ints* lengths,
                                         const typename Recurrent<Cell>::States& first) {
    using State = typename Cell::State;
    const char* const name = name_of(net.forward);
    const Scope scope(Scope::current(), x.at);
    expect(x.rank() == 3 && x.dim(1) > 0, name, "x", x.shape(), "(b, t, in) with t > 0", x.at);
    if (lengths)
        check_lengths(name, "lengths", *lengths, x.dim(0), {.unit = "steps", .most = x.dim(1), .least = 1}, x.at);
    const std::size_t count = net.above.size() + 1;
    require(
        first.layers.empty() || first.layers.size() == count, name,
        [&] { return fmt::format("{} first states for {} layers", first.layers.size(), count); }, x.at);
    const Dim width = net.forward.width() * (net.backward.empty() ? 1 : 2);
    for (const State& state : first.layers) expect_state(name, state, {x.dim(0), width}, x.at);

    typename Recurrent<Cell>::Result result;
    Var seen = lengths ? within(x, *lengths) : x.var();  // the weights' gradients are sums over all steps
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0 && net.dropout > 0) {
            const Scope own(net.path, x.at);
            seen = dropout(seen, net.dropout);
        }
        const State* const before = first.layers.empty() ? nullptr : &first.layers[i];
        Run<State> made = i == 0
                              ? run_layer(net.forward, net.backward, seen, lengths, before)
                              : run_layer(net.above[i - 1].forward, net.above[i - 1].backward, seen, lengths, before);
        seen = lengths ? within(made.outputs, *lengths) : made.outputs;
        result.states.layers.push_back(std::move(made.last));
    }
    result.outputs = std::move(seen);
    result.last = result.states.layers.back();
    return result;
}

}  // namespace

template <class Cell>
Recurrent<Cell>::Recurrent(Params p, Dim in, Dim width, const RecurrentOptions& options, Site at)
    : forward(p.named("forward", {{"{}_l0"}}), in, width), path(p.path()), dropout(options.dropout) {
    const char* const name = name_of(forward);
    require_least(name, "layers", options.layers, 1, at);
    require(
        dropout >= 0 && dropout <= 1, name,
        [&] { return fmt::format("dropout is {}; expected a probability, 0 <= p <= 1", dropout); }, at);
    if (options.bidirectional) backward.emplace_back(p.named("backward", {{"{}_l0_reverse"}}), in, width);
    for (Dim i = 1; i < options.layers; ++i) {
        const Params mine = p.named(fmt::format("layer{}", i), {{"{}"}});  // PyTorch has no name for it
        const Dim below = options.bidirectional ? saturated_product(width, 2) : width;
        above.push_back({Cell(mine.named("forward", {{fmt::format("{{}}_l{}", i)}}), below, width), {}});
        if (options.bidirectional)
            above.back().backward.emplace_back(mine.named("backward", {{fmt::format("{{}}_l{}_reverse", i)}}), below,
                                               width);
    }
}
template <class Cell>
typename Recurrent<Cell>::Result Recurrent<Cell>::operator()(In x, const States& first) const {
    return run_all(*this, x, nullptr, first);
}
template <class Cell>
typename Recurrent<Cell>::Result Recurrent<Cell>::operator()(In x, const Ints& lengths, const States& first) const {
    return run_all(*this, x, &lengths, first);
}
template struct Recurrent<GRUCell>;
template struct Recurrent<LSTMCell>;

}  // namespace heed::nn
