// gru_sequence: gru_cell over whole sequences, with one product for all steps where no step depends on another.
#include <fmt/format.h>
#include <heed/ops/define/op.hpp>
#include <heed/ops/kernel/elementwise/permute.hpp>
#include <heed/ops/kernel/fused/gru.hpp>
#include <heed/ops/kernel/gemm/gemm.hpp>
#include <heed/ops/recurrent/gru_sequence.hpp>

namespace heed {
namespace {

void check(const In& x_gates, const In& weight, const In& bias, const In* first, const GRUSequence& options) {
    expect(weight.rank() == 2 && weight.dim(1) == 3 * weight.dim(0), "gru_sequence", "weight", weight.shape(),
           "(h, 3h)", weight.at);
    const Dim gates = weight.dim(1);
    const auto because = [&](const std::string& shape) {
        return shape + " because 'weight' is " + to_string(weight.shape());
    };
    expect(
        x_gates.rank() == 3 && x_gates.dim(1) > 0 && x_gates.dim(2) == gates, "gru_sequence", "x_gates",
        x_gates.shape(), [&] { return because(fmt::format("(b, t, {}) with t > 0", gates)); }, x_gates.at);
    expect(
        bias.shape() == Shape{gates}, "gru_sequence", "bias", bias.shape(),
        [&] { return because(to_string(Shape{gates})); }, bias.at);
    if (first) {
        const Shape state{x_gates.dim(0), weight.dim(0)};
        expect(
            first->shape() == state, "gru_sequence", "first", first->shape(),
            [&] { return because(fmt::format("{}, 'x_gates' {}", to_string(state), to_string(x_gates.shape()))); },
            first->at);
    }
    if (!options.lengths) return;
    const Ints& lengths = *options.lengths;
    const Dim b = x_gates.dim(0), steps = x_gates.dim(1);
    expect(
        Shape(lengths.shape()) == Shape{b}, "gru_sequence", "lengths", lengths.shape(),
        [&] { return fmt::format("({}): one for each sequence of 'x_gates' {}", b, to_string(x_gates.shape())); },
        x_gates.at);
    for (Dim i = 0; i < b; ++i) {
        const Dim n = lengths.storage()[static_cast<std::size_t>(i)];
        require(
            0 <= n && n <= steps, "gru_sequence",
            [&] {
                return fmt::format(
                    "argument 'lengths' holds {} at ({}); expected 0 <= length <= {}, the number of steps", n, i,
                    steps);
            },
            x_gates.at);
    }
}

// The steps in the order of the computation, and where their rows lie in (b, t, ..).
struct Steps {
    Dim b, count, width;
    bool from_zero;  // the first state is 0, of one row, and has no gradient; else (b, width)
    GRUSequence options;

    Dim time(Dim step) const { return options.reverse ? count - 1 - step : step; }
    kernel::GruRows rows(Dim step) const { return {b, width, 3 * count * width, count * width, past_row(step)}; }
    // The state before a step, and the elements from one of its rows to the next.
    const Real* past(const Real* y, Dim step, const Array& first) const {
        return step == 0 ? first.storage().data() : y + time(step - 1) * width;
    }
    Dim past_row(Dim step) const { return step > 0 ? count * width : from_zero ? 0 : width; }
    // 1 for the sequences that have not ended at that step; null where none ever does. `room` (b) is used for it.
    const Real* alive(Dim step, Array& room) const {
        if (!options.lengths) return nullptr;
        const std::int64_t* n = options.lengths->storage().data();
        Real* to = room.data();
        for (Dim i = 0; i < b; ++i) to[i] = time(step) < n[i] ? Real(1) : Real(0);
        return to;
    }
};

struct GateGradients {
    Array x, h;   // (b, t, 3 width): of both sides of every step
    Array first;  // (b, width): of the state before them, unless that is 0
};

GateGradients sweep(const Steps& s, const Array& dy, const Real* y, const Real* weight, const Array& first,
                    const Array& h_gates, const Array& gates) {
    const Dim width = s.width, swap_axes[] = {1, 0};
    Array transposed = Array::from_shape({3 * width, width}), room = Array::from_shape({s.b});
    kernel::permute({width, 3 * width}, swap_axes, weight, transposed.data());
    Array now = Array::from_shape({s.b, width}), before = now;  // by the state after a step, and by the one before
    const Real* dys = dy.storage().data();
    for (Dim i = 0; i < s.b; ++i)
        std::copy_n(dys + (i * s.count + s.time(s.count - 1)) * width, width, now.data() + i * width);
    GateGradients d{Array::from_shape(gates.shape()), Array::from_shape(gates.shape()), {}};
    for (Dim step = s.count; step-- > 0;) {
        const Dim at = 3 * width * s.time(step);
        kernel::gru_backward(h_gates.storage().data() + at, s.past(y, step, first), s.alive(step, room),
                             gates.storage().data() + at, now.storage().data(), d.x.data() + at, d.h.data() + at,
                             before.data(), s.rows(step));
        if (step == 0 && s.from_zero) break;
        kernel::Gemm g = kernel::product_of(s.b, width, 3 * width, {d.h.storage().data() + at, 3 * s.count * width},
                                            {transposed.storage().data(), width}, before.data(), width);
        g.accumulate = true;
        if (step > 0) g.residual = dys + s.time(step - 1) * width, g.ldr = s.count * width;
        kernel::gemm(g);
        std::swap(now, before);
    }
    d.first = std::move(now);
    return d;
}

// The sum over all steps of (state before)^T (gradient of its product): of the first step, unless its state before is
// 0, and then of all others. In memory these are one row apart, also from one sequence to the next: there the first
// step's gradient is set to 0.
Array by_weight(const Steps& s, const Real* y, const Array& first, Array& dh_gates) {
    const Dim width = s.width;
    Real* d = dh_gates.data();
    Array dw = Array::from_shape({width, 3 * width});
    if (!s.from_zero)
        kernel::gemm(kernel::product_of(width, 3 * width, s.b, {first.storage().data(), width, true},
                                        {d + 3 * width * s.time(0), 3 * width * s.count}, dw.data(), 3 * width));
    for (Dim i = 0; i < s.b; ++i) std::fill_n(d + 3 * width * (i * s.count + s.time(0)), 3 * width, Real(0));
    const kernel::GemmMatrix before{y + (s.options.reverse ? width : 0), width, true},
        after{d + (s.options.reverse ? 0 : 3 * width), 3 * width};
    const Dim rows = std::max<Dim>(0, s.b * s.count - 1);
    kernel::Gemm g = kernel::product_of(width, 3 * width, rows, before, after, dw.data(), 3 * width);
    g.accumulate = !s.from_zero;
    kernel::gemm(g);
    return dw;
}

Var sequence(const In& x_gates, const In& weight, const In& bias, const In* given, const GRUSequence& options) {
    check(x_gates, weight, bias, given, options);
    const Steps s{x_gates.dim(0), x_gates.dim(1), weight.dim(0), !given, options};
    const In first = given ? *given : In(filled({s.width}, 0), x_gates.at);
    Array y = Array::from_shape({s.b, s.count, s.width}), room = Array::from_shape({s.b});
    Array h_gates = Array::from_shape(x_gates.shape()), gates = Array::from_shape(x_gates.shape());
    for (Dim step = 0; step < s.count; ++step) {
        const Dim state = s.width * s.time(step), at = 3 * state;
        const Real* past = s.past(y.data(), step, first.value());
        const bool empty = step == 0 && s.from_zero;
        kernel::Gemm g = kernel::product_of(s.b, 3 * s.width, empty ? 0 : s.width, {past, s.past_row(step)},
                                            {weight.data(), 3 * s.width}, h_gates.data() + at, 3 * s.count * s.width);
        g.bias = bias.data();
        kernel::gemm(g);
        kernel::gru(x_gates.data() + at, h_gates.data() + at, past, s.alive(step, room), y.data() + state,
                    gates.data() + at, s.rows(step));
    }
    auto back = [s, weight, first, h_gates, gates, dx = x_gates.slot(), dw = weight.slot(), db = bias.slot(),
                 dfirst = first.slot()](const Array& states, const Array& dy) {
        GateGradients d = sweep(s, dy, states.storage().data(), weight.data(), first.value(), h_gates, gates);
        if (dx) dx.add_grad(std::move(d.x));
        if (db) db.add_grad(d.h);
        if (dw) dw.add_grad(by_weight(s, states.storage().data(), first.value(), d.h));
        if (dfirst) dfirst.add_grad(std::move(d.first));
    };
    return given ? record("gru_sequence", {x_gates, weight, bias, first}, std::move(y), std::move(back))
                 : record("gru_sequence", {x_gates, weight, bias}, std::move(y), std::move(back));
}

}  // namespace

Var gru_sequence(In x_gates, In weight, In bias, const GRUSequence& options) {
    return sequence(x_gates, weight, bias, nullptr, options);
}
Var gru_sequence(In x_gates, In weight, In bias, In first, const GRUSequence& options) {
    return sequence(x_gates, weight, bias, &first, options);
}

#ifdef HEED_TESTING
namespace {
// From the state in[3], if it is there.
template <bool reverse, bool lengths>
Var call(Vars in) {
    const GRUSequence options{.reverse = reverse,
                              .lengths = lengths ? std::optional<Ints>(Ints{3, 0, 1}) : std::nullopt};
    return in.size() > 3 ? gru_sequence(in[0], in[1], in[2], in[3], options)
                         : gru_sequence(in[0], in[1], in[2], options);
}
// Step by step; lengths and the state before as above.
template <bool reverse, bool lengths>
Var composed(Vars in) {
    const Dim steps = in[0].dim(1);
    List<Var> states(static_cast<std::size_t>(steps));
    Var h = in.size() > 3 ? in[3] : zeros({in[0].dim(0), in[1].dim(0)});
    for (Dim i = 0; i < steps; ++i) {
        const Dim t = reverse ? steps - 1 - i : i;
        const Var x_gates = pick(in[0], 1, t), h_gates = linear(h, in[1], in[2]);
        const Array alive{Real(1), Real(0), t < 1 ? Real(1) : Real(0)};
        states[static_cast<std::size_t>(t)] = h =
            lengths ? gru_cell(x_gates, h_gates, h, alive) : gru_cell(x_gates, h_gates, h);
    }
    return stack(states, 1);
}
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "gru_sequence/forward", .inputs = {{2, 3, 15}, {5, 15}, {15}}, .call = call<false, false>, .same_as = composed<false, false>},
    {.name = "gru_sequence/reverse", .inputs = {{2, 3, 57}, {19, 57}, {57}}, .call = call<true, false>, .same_as = composed<true, false>},
    {.name = "gru_sequence/lengths", .inputs = {{3, 3, 6}, {2, 6}, {6}}, .call = call<false, true>, .same_as = composed<false, true>},
    {.name = "gru_sequence/reverse, lengths", .inputs = {{3, 3, 6}, {2, 6}, {6}}, .call = call<true, true>, .same_as = composed<true, true>},
    {.name = "gru_sequence/from a state", .inputs = {{2, 3, 15}, {5, 15}, {15}, {2, 5}},
     .call = call<false, false>, .same_as = composed<false, false>},
    {.name = "gru_sequence/from a state, reverse", .inputs = {{2, 3, 57}, {19, 57}, {57}, {2, 19}},
     .call = call<true, false>, .same_as = composed<true, false>},
    {.name = "gru_sequence/from a state, lengths", .inputs = {{3, 3, 6}, {2, 6}, {6}, {3, 2}},
     .call = call<false, true>, .same_as = composed<false, true>},
    {.name = "gru_sequence/from a state, reverse, lengths", .inputs = {{3, 3, 6}, {2, 6}, {6}, {3, 2}}, .call = call<true, true>,
     .same_as = composed<true, true>},
    {.name = "gru_sequence/from a state, one step", .inputs = {{2, 1, 6}, {2, 6}, {6}, {2, 2}},
     .call = call<false, false>, .same_as = composed<false, false>},
    {.name = "gru_sequence/no sequence, from a state", .inputs = {{0, 2, 6}, {2, 6}, {6}, {0, 2}}, .call = call<false, false>, .flat = true},
    {.name = "gru_sequence/a state of fewer sequences", .inputs = {{2, 3, 6}, {2, 6}, {6}, {1, 2}}, .call = call<false, false>, .rejects = true},
    {.name = "gru_sequence/one by one", .inputs = {{1, 2, 3}, {1, 3}, {3}}, .call = call<false, false>, .same_as = composed<false, false>},
    {.name = "gru_sequence/no sequence", .inputs = {{0, 2, 6}, {2, 6}, {6}}, .call = call<false, false>, .flat = true},
    {.name = "gru_sequence/no step", .inputs = {{2, 0, 6}, {2, 6}, {6}}, .call = call<false, false>, .rejects = true},
    {.name = "gru_sequence/x_gates too narrow", .inputs = {{2, 3, 5}, {2, 6}, {6}}, .call = call<false, false>, .rejects = true},
    {.name = "gru_sequence/weight turned", .inputs = {{2, 3, 6}, {6, 2}, {6}}, .call = call<false, false>, .rejects = true},
    {.name = "gru_sequence/bias too long", .inputs = {{2, 3, 6}, {2, 6}, {7}}, .call = call<false, false>, .rejects = true},
    {.name = "gru_sequence/too few lengths", .inputs = {{4, 3, 6}, {2, 6}, {6}}, .call = call<false, true>, .rejects = true},
    {.name = "gru_sequence/length beyond the steps", .inputs = {{3, 2, 6}, {2, 6}, {6}}, .call = call<true, true>, .rejects = true})
// clang-format on

}  // namespace heed
