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

// Runs one direction over time-major x (t, b, in); states come back in the order of time.
std::vector<Var> run(const GRUCell& cell, In x, const std::vector<std::optional<Array>>& alive, bool reverse) {
    const Dim steps = x.dim(0);
    const Var gates = cell.input(x);
    std::vector<Var> states(static_cast<std::size_t>(steps));
    Var h = zeros({x.dim(1), cell.width()});
    for (Dim i = 0; i < steps; ++i) {
        const Dim t = reverse ? steps - 1 - i : i;
        const auto at = static_cast<std::size_t>(t);
        const Var step_gates = pick(gates, 0, t);
        h = alive[at] ? cell.step(step_gates, h, *alive[at]) : cell.step(step_gates, h);
        states[at] = h;
    }
    return states;
}

GRU::Result run_all(const GRU& gru, In x, const Ints* lengths) {
    const Scope scope(Scope::current(), x.at);
    expect(x.rank() == 3 && x.dim(1) > 0, "GRU", "x", x.shape(), "(b, t, in) with t > 0", x.at);
    const Dim b = x.dim(0), steps = x.dim(1);
    std::vector<std::optional<Array>> alive(static_cast<std::size_t>(steps));
    if (lengths) {
        expect(
            lengths->dimension() == 1 && lengths->shape()[0] == b, "GRU", "lengths", lengths->shape(),
            [&] { return fmt::format("({}): one for each example", b); }, x.at);
        for (Dim i = 0; i < b; ++i) {
            const Dim n = lengths->storage()[static_cast<std::size_t>(i)];
            require(
                1 <= n && n <= steps, "GRU",
                [&] { return fmt::format("argument 'lengths' holds {} at ({}); expected 1 <= length <= {}, the number of steps", n, i, steps); },
                x.at);
        }
        alive = alive_steps(*lengths, b, steps);
    }
    const Var time_major = permute(x, {1, 0, 2});
    const std::vector<Var> forward = run(gru.forward, time_major, alive, false);
    Var outputs = stack(forward, 1), last = forward.back();
    if (!gru.backward.empty()) {
        const std::vector<Var> backward = run(gru.backward.front(), time_major, alive, true);
        outputs = concat({outputs, stack(backward, 1)});
        last = concat({last, backward.front()});
    }
    if (lengths) {
        Array inside = Array::from_shape({b, steps, 1});
        Real* to = inside.data();
        for (Dim i = 0; i < b; ++i)
            for (Dim t = 0; t < steps; ++t) *to++ = t < lengths->storage()[static_cast<std::size_t>(i)] ? Real(1) : Real(0);
        outputs = outputs * Var(std::move(inside));
    }
    return {outputs, last};
}

}  // namespace

GRU::GRU(Params p, Dim in, Dim width, const GRUOptions& options) : forward(p / "forward", in, width) {
    if (options.bidirectional) backward.emplace_back(p / "backward", in, width);
}
GRU::Result GRU::operator()(In x) const { return run_all(*this, x, nullptr); }
GRU::Result GRU::operator()(In x, const Ints& lengths) const { return run_all(*this, x, &lengths); }

}  // namespace heed::nn
