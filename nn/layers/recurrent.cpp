// Recurrent layers over whole sequences.
#include <fmt/format.h>
#include <heed/nn/layers/recurrent.hpp>
#include <heed/ops/mask/absent.hpp>
#include <heed/ops/recurrent/gru_sequence.hpp>

namespace heed::nn {
namespace {

// alive[t] is (b) of 1 where t is inside the sequence; empty where all are.
List<std::optional<Array>> alive_steps(const Ints* lengths, Dim b, Dim steps) {
    List<std::optional<Array>> alive(static_cast<std::size_t>(steps));
    if (!lengths || b == 0) return alive;
    const std::int64_t* n = lengths->storage().data();
    const Dim shortest = *std::min_element(n, n + b);
    for (Dim t = shortest; t < steps; ++t) {
        Array row = Array::from_shape(Shape{b});
        Real* to = row.data();
        for (Dim i = 0; i < b; ++i) to[i] = t < n[i] ? Real(1) : Real(0);
        alive[static_cast<std::size_t>(t)] = std::move(row);
    }
    return alive;
}

Var side_by_side(const Var& forward, const Var& backward) { return concat({forward, backward}); }
LSTMState side_by_side(const LSTMState& forward, const LSTMState& backward) {
    return {concat({forward.h, backward.h}), concat({forward.c, backward.c})};
}

// One direction over x (b, t, in): outputs (b, t, width), and the state after the last step.
GRU::Result run(const GRUCell& cell, In x, const Ints* lengths, bool reverse) {
    const Var states =
        gru_sequence(cell.input(x), cell.hidden.weight, cell.hidden.bias,
                     {.reverse = reverse, .lengths = lengths ? std::optional<Ints>(*lengths) : std::nullopt});
    return {states, pick(states, 1, reverse ? 0 : -1)};
}

LSTM::Result run(const LSTMCell& cell, In x, const Ints* lengths, bool reverse) {
    const Dim b = x.dim(0), steps = x.dim(1);
    const List<std::optional<Array>> alive = alive_steps(lengths, b, steps);
    const Var gates = cell.input(permute(x, {1, 0, 2}));
    List<Var> outputs(static_cast<std::size_t>(steps));
    LSTMState state{zeros({b, cell.width()}), zeros({b, cell.width()})};
    for (Dim i = 0; i < steps; ++i) {
        const Dim t = reverse ? steps - 1 - i : i;
        const auto at = static_cast<std::size_t>(t);
        const Var step_gates = pick(gates, 0, t);
        state = alive[at] ? cell.step(step_gates, state, *alive[at]) : cell.step(step_gates, state);
        outputs[at] = state.h;
    }
    return {stack(std::move(outputs), 1), state};
}

const char* name_of(const GRUCell&) { return "GRU"; }
const char* name_of(const LSTMCell&) { return "LSTM"; }

template <class Cell>
typename Recurrent<Cell>::Result run_all(const Recurrent<Cell>& layer, In x, const Ints* lengths) {
    using Result = typename Recurrent<Cell>::Result;
    const char* const name = name_of(layer.forward);
    const Scope scope(Scope::current(), x.at);
    expect(x.rank() == 3 && x.dim(1) > 0, name, "x", x.shape(), "(b, t, in) with t > 0", x.at);
    const Dim b = x.dim(0), steps = x.dim(1);
    if (lengths) {
        expect(
            lengths->dimension() == 1 && lengths->shape()[0] == b, name, "lengths", lengths->shape(),
            [&] { return fmt::format("({}): one for each example", b); }, x.at);
        for (Dim i = 0; i < b; ++i) {
            const Dim n = lengths->storage()[static_cast<std::size_t>(i)];
            require(
                1 <= n && n <= steps, name,
                [&] {
                    return fmt::format(
                        "argument 'lengths' holds {} at ({}); expected 1 <= length <= {}, the number of steps", n, i,
                        steps);
                },
                x.at);
        }
    }
    const Var seen = lengths ? within(x, *lengths) : x.var();  // the weights' gradients are sums over all steps
    Result result = run(layer.forward, seen, lengths, false);
    if (!layer.backward.empty()) {
        const Result backward = run(layer.backward.front(), seen, lengths, true);
        result = {side_by_side(result.outputs, backward.outputs), side_by_side(result.last, backward.last)};
    }
    if (lengths) result.outputs = within(result.outputs, *lengths);
    return result;
}

}  // namespace

template <class Cell>
Recurrent<Cell>::Recurrent(Params p, Dim in, Dim width, const RecurrentOptions& options)
    : forward(p.named("forward", {{"{}_l0"}}), in, width) {
    if (options.bidirectional) backward.emplace_back(p.named("backward", {{"{}_l0_reverse"}}), in, width);
}
template <class Cell>
typename Recurrent<Cell>::Result Recurrent<Cell>::operator()(In x) const {
    return run_all(*this, x, nullptr);
}
template <class Cell>
typename Recurrent<Cell>::Result Recurrent<Cell>::operator()(In x, const Ints& lengths) const {
    return run_all(*this, x, &lengths);
}
template struct Recurrent<GRUCell>;
template struct Recurrent<LSTMCell>;

}  // namespace heed::nn
