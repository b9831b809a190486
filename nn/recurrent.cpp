#include <fmt/format.h>
#include <heed/nn/recurrent.hpp>

namespace heed::nn {
namespace {

// alive[t] is (b) of 1 where t is inside the sequence; empty where all are.
std::vector<std::optional<Array>> alive_steps(const Ints& lengths, Dim b, Dim steps) {
    std::vector<std::optional<Array>> alive(static_cast<std::size_t>(steps));
    const std::int64_t* n = lengths.storage().data();
    const Dim shortest = *std::min_element(n, n + b);
    for (Dim t = shortest; t < steps; ++t) {
        Array row = Array::from_shape(Shape{b});
        Real* to = row.data();
        for (Dim i = 0; i < b; ++i) to[i] = t < n[i] ? Real(1) : Real(0);
        alive[static_cast<std::size_t>(t)] = std::move(row);
    }
    return alive;
}

// Where all sequences begin: zeros.
Var start(const GRUCell& cell, Dim b) { return zeros({b, cell.width()}); }
LSTMState start(const LSTMCell& cell, Dim b) { return {zeros({b, cell.width()}), zeros({b, cell.width()})}; }

const Var& output(const Var& h) { return h; }
const Var& output(const LSTMState& state) { return state.h; }

Var side_by_side(const Var& forward, const Var& backward) { return concat({forward, backward}); }
LSTMState side_by_side(const LSTMState& forward, const LSTMState& backward) {
    return {concat({forward.h, backward.h}), concat({forward.c, backward.c})};
}

// Runs one direction over time-major x (t, b, in). `outputs` is (b, t, width), `last` the state after the last step.
template <class Result, class Cell>
Result run(const Cell& cell, In x, const std::vector<std::optional<Array>>& alive, bool reverse) {
    const Dim steps = x.dim(0);
    const Var gates = cell.input(x);
    std::vector<Var> outputs(static_cast<std::size_t>(steps));
    auto state = start(cell, x.dim(1));
    for (Dim i = 0; i < steps; ++i) {
        const Dim t = reverse ? steps - 1 - i : i;
        const auto at = static_cast<std::size_t>(t);
        const Var step_gates = pick(gates, 0, t);
        state = alive[at] ? cell.step(step_gates, state, *alive[at]) : cell.step(step_gates, state);
        outputs[at] = output(state);
    }
    return {stack(std::move(outputs), 1), state};
}

template <class Layer>
typename Layer::Result run_all(const char* name, const Layer& layer, In x, const Ints* lengths) {
    using Result = typename Layer::Result;
    const Scope scope(Scope::current(), x.at);
    expect(x.rank() == 3 && x.dim(1) > 0, name, "x", x.shape(), "(b, t, in) with t > 0", x.at);
    const Dim b = x.dim(0), steps = x.dim(1);
    std::vector<std::optional<Array>> alive(static_cast<std::size_t>(steps));
    if (lengths) {
        expect(
            lengths->dimension() == 1 && lengths->shape()[0] == b, name, "lengths", lengths->shape(),
            [&] { return fmt::format("({}): one for each example", b); }, x.at);
        for (Dim i = 0; i < b; ++i) {
            const Dim n = lengths->storage()[static_cast<std::size_t>(i)];
            require(
                1 <= n && n <= steps, name,
                [&] { return fmt::format("argument 'lengths' holds {} at ({}); expected 1 <= length <= {}, the number of steps", n, i, steps); },
                x.at);
        }
        alive = alive_steps(*lengths, b, steps);
    }
    const Var time_major = permute(x, {1, 0, 2});
    Result result = run<Result>(layer.forward, time_major, alive, false);
    if (!layer.backward.empty()) {
        const Result backward = run<Result>(layer.backward.front(), time_major, alive, true);
        result = {side_by_side(result.outputs, backward.outputs), side_by_side(result.last, backward.last)};
    }
    if (lengths) {
        Array inside = Array::from_shape({b, steps, 1});
        Real* to = inside.data();
        for (Dim i = 0; i < b; ++i)
            for (Dim t = 0; t < steps; ++t) *to++ = t < lengths->storage()[static_cast<std::size_t>(i)] ? Real(1) : Real(0);
        result.outputs = result.outputs * Var(std::move(inside));
    }
    return result;
}

}  // namespace

GRU::GRU(Params p, Dim in, Dim width, const GRUOptions& options) : forward(p / "forward", in, width) {
    if (options.bidirectional) backward.emplace_back(p / "backward", in, width);
}
GRU::Result GRU::operator()(In x) const { return run_all("GRU", *this, x, nullptr); }
GRU::Result GRU::operator()(In x, const Ints& lengths) const { return run_all("GRU", *this, x, &lengths); }

LSTM::LSTM(Params p, Dim in, Dim width, const LSTMOptions& options) : forward(p / "forward", in, width) {
    if (options.bidirectional) backward.emplace_back(p / "backward", in, width);
}
LSTM::Result LSTM::operator()(In x) const { return run_all("LSTM", *this, x, nullptr); }
LSTM::Result LSTM::operator()(In x, const Ints& lengths) const { return run_all("LSTM", *this, x, &lengths); }

}  // namespace heed::nn
