// lstm_cell: one step of a long short-term memory.
#include <fmt/format.h>
#include <heed/ops/kernel/fused/lstm.hpp>
#include <heed/ops/recurrent/cell.hpp>

namespace heed {
namespace {

// With an empty `alive` every row counts, and there is no h to keep. The result (2, b, h) holds h' and c'.
LSTMState cell(const In& x_gates, const In& h_gates, const In* h, const In& c, const Array& alive) {
    const Dim rows = c.dim(0), width = c.dim(1), half = rows * width;
    Array y = Array::from_shape({2, rows, width}), gates = Array::from_shape(x_gates.shape());
    Real* to = y.data();
    kernel::lstm(x_gates.data(), h_gates.data(), h ? h->data() : nullptr, c.data(), mask_of(alive), to, to + half,
                 gates.data(), kernel::CellRows::contiguous(rows, width, 4));
    Var both = record("lstm_cell", {x_gates, h_gates, h ? *h : c, c}, std::move(y),
                      [c, alive, gates, dgx = x_gates.slot(), dgh = h_gates.slot(), dh = h ? h->slot() : Slot(),
                       dc = c.slot(), rows, width, half](const Array& y, const Array& dy) {
                          const Real* d = dy.storage().data();
                          Array from_gates = Array::from_shape(gates.shape()), kept = Array::from_shape(c.shape()),
                                past = Array::from_shape(c.shape());
                          kernel::lstm_backward(c.data(), y.storage().data() + half, mask_of(alive),
                                                gates.storage().data(), d, d + half, from_gates.data(), kept.data(),
                                                past.data(), kernel::CellRows::contiguous(rows, width, 4));
                          if (dgx) dgx.add_grad(from_gates);
                          if (dgh) dgh.add_grad(std::move(from_gates));
                          if (dh) dh.add_grad(std::move(kept));
                          if (dc) dc.add_grad(std::move(past));
                      });
    both = differentiable(std::move(both), {x_gates, h_gates, h ? *h : c, c},
                          [alive, keeps = h != nullptr](Vars v, const Var&, const Var& dy) {
                              const auto gate = parts_of(alive_rows(alive, v[0] + v[1]), 4);
                              const Var i = sigmoid(gate[0]), f = sigmoid(gate[1]), g = tanh(gate[2]),
                                        o = sigmoid(gate[3]);
                              const Var past = alive_rows(alive, v[3]), t = tanh(f * past + i * g);
                              const Var to_h = pick(dy, 0, 0), to_c = pick(dy, 0, 1), dh = alive_rows(alive, to_h);
                              const Var dc = alive_rows(alive, to_c) + dh * o * (1 - square(t));
                              const Var d = concat({dc * g * (i * (1 - i)), dc * past * (f * (1 - f)),
                                                    dc * i * (1 - square(g)), dh * t * (o * (1 - o))});
                              return Grads{d, d, keeps ? with_kept_rows(alive, zeros(to_h.shape()), to_h) : Var(),
                                           with_kept_rows(alive, dc * f, to_c)};
                          });
    return {pick(both, 0, 0), pick(both, 0, 1)};  // they share its memory
}

}  // namespace

// i, f, o = sigmoid and g = tanh of x_gates + h_gates; c' = f c + i g, h' = o tanh(c') (Hochreiter and Schmidhuber,
// 1997; Gers et al., 2000). Saves the gates after their functions: x_gates and h_gates do not live on.
LSTMState lstm_cell(In x_gates, In h_gates, In c) {
    check_gates("lstm_cell", 4, x_gates, h_gates, c, "c");
    return cell(x_gates, h_gates, nullptr, c, Array::from_shape({0}));
}

// The same where alive (b) is 1; a row where it is 0 keeps h and c, and what its gates hold, NaN included, reaches
// nothing.
LSTMState lstm_cell(In x_gates, In h_gates, In h, In c, const Array& alive) {
    check_gates("lstm_cell", 4, x_gates, h_gates, c, "c");
    expect(
        h.shape() == c.shape(), "lstm_cell", "h", h.shape(),
        [&] { return fmt::format("{}, the shape of 'c'", to_string(c.shape())); }, h.at);
    check_alive("lstm_cell", alive, c, "c");
    return cell(x_gates, h_gates, &h, c, alive);
}

#ifdef HEED_TESTING
namespace {
Var both(const LSTMState& s) { return concat({s.h, s.c}); }
Var call(Vars in) { return both(lstm_cell(in[0], in[1], in[2])); }
Var composed(Vars in) {
    const Dim width = in[2].dim(-1);
    const Var sum = in[0] + in[1];
    const auto gate = [&](Dim k) { return slice(sum, -1, k * width, (k + 1) * width); };
    const Var c = sigmoid(gate(1)) * in[2] + sigmoid(gate(0)) * tanh(gate(2));
    return concat({sigmoid(gate(3)) * tanh(c), c});
}
Var call_alive(Vars in) { return both(lstm_cell(in[0], in[1], in[2], in[3], first_alive(in[2].dim(0), 2))); }
Var composed_alive(Vars in) {
    return where(Var(reshaped(first_alive(in[2].dim(0), 2), {in[2].dim(0), 1})), composed({in[0], in[1], in[3]}),
                 concat({in[2], in[3]}));
}
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "lstm_cell/batch", .inputs = {{3, 20}, {3, 20}, {3, 5}}, .call = call, .same_as = composed},
    {.name = "lstm_cell/wide", .inputs = {{2, 76}, {2, 76}, {2, 19}}, .call = call, .same_as = composed},
    {.name = "lstm_cell/one by one", .inputs = {{1, 4}, {1, 4}, {1, 1}}, .call = call, .same_as = composed},
    {.name = "lstm_cell/only h is used", .inputs = {{2, 8}, {2, 8}, {2, 2}}, .call = [](Vars in) { return lstm_cell(in[0], in[1], in[2]).h; },
     .same_as = [](Vars in) { return slice(composed(in), -1, 0, 2); }},
    {.name = "lstm_cell/empty", .inputs = {{0, 8}, {0, 8}, {0, 2}}, .call = call, .flat = true},
    {.name = "lstm_cell/two rows alive", .inputs = {{3, 8}, {3, 8}, {3, 2}, {3, 2}}, .call = call_alive, .same_as = composed_alive},
    {.name = "lstm_cell/all rows alive", .inputs = {{2, 8}, {2, 8}, {2, 2}},
     .call = [](Vars in) { return both(lstm_cell(in[0], in[1], Var(filled({2, 2}, 1)), in[2], filled({2}, 1))); }, .same_as = composed},
    {.name = "lstm_cell/state of rank one", .inputs = {{8}, {8}, {2}}, .call = call, .rejects = true},
    {.name = "lstm_cell/x_gates of three", .inputs = {{3, 6}, {3, 8}, {3, 2}}, .call = call, .rejects = true},
    {.name = "lstm_cell/h_gates of another batch", .inputs = {{3, 8}, {1, 8}, {3, 2}}, .call = call, .rejects = true},
    {.name = "lstm_cell/h differs", .inputs = {{3, 8}, {3, 8}, {3, 1}, {3, 2}}, .call = call_alive, .rejects = true},
    {.name = "lstm_cell/alive too long", .inputs = {{3, 8}, {3, 8}, {3, 2}},
     .call = [](Vars in) { return both(lstm_cell(in[0], in[1], in[2], in[2], filled({4}, 1))); }, .rejects = true},
    {.name = "lstm_cell/alive by half", .inputs = {{3, 8}, {3, 8}, {3, 2}},
     .call = [](Vars in) { return both(lstm_cell(in[0], in[1], in[2], in[2], filled({3}, Real(0.5)))); }, .rejects = true})
// clang-format on

}  // namespace heed
