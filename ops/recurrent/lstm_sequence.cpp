// lstm_sequence: lstm_cell over whole sequences, with one product for all steps where no step depends on another.
#include <heed/ops/define/bfloat16_products.hpp>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/kernel/elementwise/pointwise.hpp>
#include <heed/ops/kernel/fused/lstm.hpp>
#include <heed/ops/recurrent/steps.hpp>

namespace heed {
namespace {

struct First {
    In h, c;
};

struct GateGradients {
    Array gates;  // (b, t, 4 width): of both sides of every step
    Array h, c;   // (b, width): of the state before them, unless that is 0
};

// y and dy (2, b, t, width): h and c.
GateGradients sweep(const Steps& s, const Array& dy, const Real* y, const In& weight, const First& first,
                    const Array& gates) {
    const kernel::PackedB weight_t = s.packed_transposed(weight);
    const Dim size = s.b * s.count * s.width, row = s.count * s.width;
    const Real *const dh = dy.storage().data(), *const dc = dh + size, *const c = y + size;
    Array h_now = s.last_of(dh), h_before = h_now;  // by the state after a step, and by the one before
    Array c_now = s.last_of(dc), c_before = c_now;
    Array room = Array::from_shape({s.b});
    GateGradients d{Array::from_shape({s.b, s.count, 4 * s.width}), {}, {}};
    for (Dim step = s.count; step-- > 0;) {
        const Dim state = s.width * s.time(step);
        kernel::lstm_backward(s.past(c, step, first.c.value()), c + state, s.alive(step, room),
                              gates.storage().data() + s.of_gates(step), h_now.storage().data(), c_now.storage().data(),
                              d.gates.data() + s.of_x(step), h_before.data(), c_before.data(), s.rows(step));
        if (step == 0 && s.from_zero) break;
        s.product_backward(step, d.gates.storage().data(), weight_t, dh, h_before.data());
        if (step > 0)
            for (Dim i = 0; i < s.b; ++i)
                kernel::add_to(s.width, dc + i * row + s.time(step - 1) * s.width, c_before.data() + i * s.width);
        std::swap(h_now, h_before);
        std::swap(c_now, c_before);
    }
    d.h = std::move(h_now), d.c = std::move(c_now);
    return d;
}

// By ops that can be differentiated twice.
LSTMState step_by_step(const In& x_gates, const In& weight, const In& bias, const LSTMState* given, const Steps& s) {
    List<Var> hs(static_cast<std::size_t>(s.count)), cs = hs;
    LSTMState now = given ? *given : LSTMState{zeros({s.b, s.width}), zeros({s.b, s.width})};
    for (Dim step = 0; step < s.count; ++step) {
        const Dim t = s.time(step);
        Array room = Array::from_shape({s.b});
        const Var own = pick(x_gates, 1, t), h_gates = linear(now.h, weight, bias);
        now = s.alive(step, room) ? lstm_cell(own, h_gates, now.h, now.c, room) : lstm_cell(own, h_gates, now.c);
        hs[static_cast<std::size_t>(t)] = now.h;
        cs[static_cast<std::size_t>(t)] = now.c;
    }
    return {stack(hs, 1), stack(cs, 1)};
}

LSTMState sequence(const In& x_gates, const In& weight, const In& bias, const LSTMState* given,
                   const SequenceOptions& options) {
    check_sequence("lstm_sequence", 4, x_gates, weight, bias, options);
    if (given) {
        check_first("lstm_sequence", "first.h", In(given->h, x_gates.at), x_gates, weight);
        check_first("lstm_sequence", "first.c", In(given->c, x_gates.at), x_gates, weight);
    }
    const bool recorded = recording() && (x_gates.wants_grad() || weight.wants_grad() || bias.wants_grad() ||
                                          (given && (given->h.wants_grad() || given->c.wants_grad())));
    const Steps s{x_gates.dim(0), x_gates.dim(1), weight.dim(0), 4, !given, options, recorded};
    if (HigherOrder::innermost()) {
        const Bfloat16Products exact(false);
        return step_by_step(x_gates, weight, bias, given, s);
    }
    const Var zero = filled({s.width}, 0);
    const First first{In(given ? given->h : zero, x_gates.at), In(given ? given->c : zero, x_gates.at)};
    const Dim size = s.b * s.count * s.width;
    Array y = Array::from_shape({2, s.b, s.count, s.width}), room = Array::from_shape({s.b});
    Array gates = Array::from_shape(s.gates_shape());  // of each step first its product
    Real *const h = y.data(), *const c = h + size;
    const std::optional<kernel::PackedB> packed = s.packed(weight);
    for (Dim step = 0; step < s.count; ++step) {
        const Dim state = s.width * s.time(step), at = s.of_gates(step);
        s.product(step, h, first.h.value(), weight, packed, bias.data(), gates.data() + at);
        kernel::lstm(x_gates.data() + s.of_x(step), gates.data() + at, s.past(h, step, first.h.value()),
                     s.past(c, step, first.c.value()), s.alive(step, room), h + state, c + state, gates.data() + at,
                     s.rows(step));
    }
    auto back = [s, weight, first, gates, dx = x_gates.slot(), dw = weight.slot(), db = bias.slot(),
                 dh = first.h.slot(), dc = first.c.slot()](const Array& states, const Array& dy) {
        GateGradients d = sweep(s, dy, states.storage().data(), weight, first, gates);
        if (db) db.add_grad(d.gates);
        if (dx) dx.add_grad(d.gates);
        if (dw) dw.add_grad(s.by_weight(states.storage().data(), first.h.value(), d.gates));
        if (dh) dh.add_grad(std::move(d.h));
        if (dc) dc.add_grad(std::move(d.c));
    };
    const Var both =
        given ? record("lstm_sequence", {x_gates, weight, bias, first.h, first.c}, std::move(y), std::move(back))
              : record("lstm_sequence", {x_gates, weight, bias}, std::move(y), std::move(back));
    return {pick(both, 0, 0), pick(both, 0, 1)};  // they share its memory
}

}  // namespace

LSTMState lstm_sequence(In x_gates, In weight, In bias, const SequenceOptions& options) {
    return sequence(x_gates, weight, bias, nullptr, options);
}
LSTMState lstm_sequence(In x_gates, In weight, In bias, const LSTMState& first, const SequenceOptions& options) {
    return sequence(x_gates, weight, bias, &first, options);
}

#ifdef HEED_TESTING
namespace {
Var both(const LSTMState& s) { return concat({s.h, s.c}); }
// From the state in[3], in[4], if it is there.
template <bool reverse, bool lengths>
Var call(Vars in) {
    const SequenceOptions options = options_of_case(reverse, lengths);
    return both(in.size() > 3 ? lstm_sequence(in[0], in[1], in[2], {in[3], in[4]}, options)
                              : lstm_sequence(in[0], in[1], in[2], options));
}
template <bool reverse, bool lengths>
Var composed(Vars in) {
    const bool given = in.size() > 3;
    const LSTMState first = given ? LSTMState{in[3], in[4]} : LSTMState{};
    return both(step_by_step(in[0], in[1], in[2], given ? &first : nullptr,
                             {in[0].dim(0), in[0].dim(1), in[1].dim(0), 4, !given, options_of_case(reverse, lengths)}));
}
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "lstm_sequence/forward", .inputs = {{2, 3, 20}, {5, 20}, {20}}, .call = call<false, false>, .same_as = composed<false, false>},
    {.name = "lstm_sequence/reverse", .inputs = {{2, 3, 76}, {19, 76}, {76}}, .call = call<true, false>, .same_as = composed<true, false>},
    {.name = "lstm_sequence/lengths", .inputs = {{3, 3, 8}, {2, 8}, {8}}, .call = call<false, true>, .same_as = composed<false, true>},
    {.name = "lstm_sequence/reverse, lengths", .inputs = {{3, 3, 8}, {2, 8}, {8}}, .call = call<true, true>, .same_as = composed<true, true>},
    {.name = "lstm_sequence/only h is used", .inputs = {{2, 3, 8}, {2, 8}, {8}},
     .call = [](Vars in) { return lstm_sequence(in[0], in[1], in[2]).h; },
     .same_as = [](Vars in) { return slice(composed<false, false>(in), -1, 0, 2); }},
    {.name = "lstm_sequence/from a state", .inputs = {{2, 3, 20}, {5, 20}, {20}, {2, 5}, {2, 5}},
     .call = call<false, false>, .same_as = composed<false, false>},
    {.name = "lstm_sequence/from a state, reverse", .inputs = {{2, 3, 76}, {19, 76}, {76}, {2, 19}, {2, 19}},
     .call = call<true, false>, .same_as = composed<true, false>},
    {.name = "lstm_sequence/from a state, lengths", .inputs = {{3, 3, 8}, {2, 8}, {8}, {3, 2}, {3, 2}},
     .call = call<false, true>, .same_as = composed<false, true>},
    {.name = "lstm_sequence/from a state, reverse, lengths", .inputs = {{3, 3, 8}, {2, 8}, {8}, {3, 2}, {3, 2}},
     .call = call<true, true>, .same_as = composed<true, true>},
    {.name = "lstm_sequence/from a state, one step", .inputs = {{2, 1, 8}, {2, 8}, {8}, {2, 2}, {2, 2}},
     .call = call<false, false>, .same_as = composed<false, false>},
    {.name = "lstm_sequence/one by one", .inputs = {{1, 2, 4}, {1, 4}, {4}}, .call = call<false, false>, .same_as = composed<false, false>},
    {.name = "lstm_sequence/no sequence", .inputs = {{0, 2, 8}, {2, 8}, {8}}, .call = call<false, false>, .flat = true},
    {.name = "lstm_sequence/no sequence, from a state", .inputs = {{0, 2, 8}, {2, 8}, {8}, {0, 2}, {0, 2}},
     .call = call<false, false>, .flat = true},
    {.name = "lstm_sequence/no step", .inputs = {{2, 0, 8}, {2, 8}, {8}}, .call = call<false, false>, .rejects = true},
    {.name = "lstm_sequence/x_gates of three", .inputs = {{2, 3, 6}, {2, 8}, {8}}, .call = call<false, false>, .rejects = true},
    {.name = "lstm_sequence/weight turned", .inputs = {{2, 3, 8}, {8, 2}, {8}}, .call = call<false, false>, .rejects = true},
    {.name = "lstm_sequence/bias too long", .inputs = {{2, 3, 8}, {2, 8}, {9}}, .call = call<false, false>, .rejects = true},
    {.name = "lstm_sequence/h of fewer sequences", .inputs = {{2, 3, 8}, {2, 8}, {8}, {1, 2}, {2, 2}}, .call = call<false, false>, .rejects = true},
    {.name = "lstm_sequence/c of another width", .inputs = {{2, 3, 8}, {2, 8}, {8}, {2, 2}, {2, 1}}, .call = call<false, false>, .rejects = true},
    {.name = "lstm_sequence/too few lengths", .inputs = {{4, 3, 8}, {2, 8}, {8}}, .call = call<false, true>, .rejects = true},
    {.name = "lstm_sequence/length beyond the steps", .inputs = {{3, 2, 8}, {2, 8}, {8}}, .call = call<true, true>, .rejects = true})
// clang-format on

}  // namespace heed
