// gru_sequence: gru_cell over whole sequences, with one product for all steps where no step depends on another.
#include <heed/ops/define/bfloat16_products.hpp>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/kernel/fused/gru.hpp>
#include <heed/ops/recurrent/steps.hpp>

namespace heed {
namespace {

struct GateGradients {
    Array x, h;   // (b, t, 3 width): of both sides of every step
    Array first;  // (b, width): of the state before them, unless that is 0
};

GateGradients sweep(const Steps& s, const Array& dy, const Real* y, const In& weight, const Array& first,
                    const Array& h_gates, const Array& gates) {
    const kernel::PackedB weight_t = s.packed_transposed(weight);
    const Real* dys = dy.storage().data();
    Array now = s.last_of(dys), before = now;  // by the state after a step, and by the one before
    Array room = Array::from_shape({s.b});
    const Shape shape{s.b, s.count, 3 * s.width};
    GateGradients d{Array::from_shape(shape), Array::from_shape(shape), {}};
    for (Dim step = s.count; step-- > 0;) {
        const Dim at = s.of_gates(step), to = s.of_x(step);
        kernel::gru_backward(h_gates.storage().data() + at, s.past(y, step, first), s.alive(step, room),
                             gates.storage().data() + at, now.storage().data(), d.x.data() + to, d.h.data() + to,
                             before.data(), s.rows(step));
        if (step == 0 && s.from_zero) break;
        s.product_backward(step, d.h.storage().data(), weight_t, dys, before.data());
        std::swap(now, before);
    }
    d.first = std::move(now);
    return d;
}

// By ops that can be differentiated twice.
Var step_by_step(const In& x_gates, const In& weight, const In& bias, const In* given, const Steps& s) {
    List<Var> states(static_cast<std::size_t>(s.count));
    Var h = given ? given->var() : zeros({s.b, s.width});
    for (Dim step = 0; step < s.count; ++step) {
        const Dim t = s.time(step);
        Array room = Array::from_shape({s.b});
        const Var own = pick(x_gates, 1, t), h_gates = linear(h, weight, bias);
        h = s.alive(step, room) ? gru_cell(own, h_gates, h, room) : gru_cell(own, h_gates, h);
        states[static_cast<std::size_t>(t)] = h;
    }
    return stack(states, 1);
}

Var sequence(const In& x_gates, const In& weight, const In& bias, const In* given, const SequenceOptions& options) {
    check_sequence("gru_sequence", 3, x_gates, weight, bias, options);
    if (given) check_first("gru_sequence", "first", *given, x_gates, weight);
    const bool recorded = recording() && (x_gates.wants_grad() || weight.wants_grad() || bias.wants_grad() ||
                                          (given && given->wants_grad()));
    const Steps s{x_gates.dim(0), x_gates.dim(1), weight.dim(0), 3, !given, options, recorded};
    if (HigherOrder::innermost()) {
        const Bfloat16Products exact(false);
        return step_by_step(x_gates, weight, bias, given, s);
    }
    const In first = given ? *given : In(filled({s.width}, 0), x_gates.at);
    Array y = Array::from_shape({s.b, s.count, s.width}), room = Array::from_shape({s.b});
    Array h_gates = Array::from_shape(s.gates_shape()), gates = h_gates;
    const std::optional<kernel::PackedB> packed = s.packed(weight);
    for (Dim step = 0; step < s.count; ++step) {
        const Dim state = s.width * s.time(step), at = s.of_gates(step);
        s.product(step, y.data(), first.value(), weight, packed, bias.data(), h_gates.data() + at);
        kernel::gru(x_gates.data() + s.of_x(step), h_gates.data() + at, s.past(y.data(), step, first.value()),
                    s.alive(step, room), y.data() + state, gates.data() + at, s.rows(step));
    }
    auto back = [s, weight, first, h_gates, gates, dx = x_gates.slot(), dw = weight.slot(), db = bias.slot(),
                 dfirst = first.slot()](const Array& states, const Array& dy) {
        GateGradients d = sweep(s, dy, states.storage().data(), weight, first.value(), h_gates, gates);
        if (dx) dx.add_grad(std::move(d.x));
        if (db) db.add_grad(d.h);
        if (dw) dw.add_grad(s.by_weight(states.storage().data(), first.value(), d.h));
        if (dfirst) dfirst.add_grad(std::move(d.first));
    };
    return given ? record("gru_sequence", {x_gates, weight, bias, first}, std::move(y), std::move(back))
                 : record("gru_sequence", {x_gates, weight, bias}, std::move(y), std::move(back));
}

}  // namespace

Var gru_sequence(In x_gates, In weight, In bias, const SequenceOptions& options) {
    return sequence(x_gates, weight, bias, nullptr, options);
}
Var gru_sequence(In x_gates, In weight, In bias, In first, const SequenceOptions& options) {
    return sequence(x_gates, weight, bias, &first, options);
}

#ifdef HEED_TESTING
namespace {
// From the state in[3], if it is there.
template <bool reverse, bool lengths>
Var call(Vars in) {
    const SequenceOptions options = options_of_case(reverse, lengths);
    return in.size() > 3 ? gru_sequence(in[0], in[1], in[2], in[3], options)
                         : gru_sequence(in[0], in[1], in[2], options);
}
template <bool reverse, bool lengths>
Var composed(Vars in) {
    const bool given = in.size() > 3;
    const In first = given ? in[3] : in[1];
    return step_by_step(in[0], in[1], in[2], given ? &first : nullptr,
                        {in[0].dim(0), in[0].dim(1), in[1].dim(0), 3, !given, options_of_case(reverse, lengths)});
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
