// gru_cell: one step of a gated recurrent unit.
#include <heed/ops/kernel/fused/gru.hpp>
#include <heed/ops/recurrent/cell.hpp>

namespace heed {
namespace {

// With an empty `alive` every row counts.
Var cell(const In& x_gates, const In& h_gates, const In& h, const Array& alive) {
    const Dim rows = h.dim(0), width = h.dim(1);
    Array y = Array::from_shape(h.shape()), gates = Array::from_shape(x_gates.shape());
    kernel::gru(x_gates.data(), h_gates.data(), h.data(), mask_of(alive), y.data(), gates.data(),
                kernel::CellRows::contiguous(rows, width, 3));
    Var next = record("gru_cell", {x_gates, h_gates, h}, std::move(y),
                      [h_gates, h, alive, gates, dgx = x_gates.slot(), dgh = h_gates.slot(), dh = h.slot(), rows,
                       width](const Array& dy) {
                          Array from_x = Array::from_shape(h_gates.shape()),
                                from_h = Array::from_shape(h_gates.shape()), past = Array::from_shape(h.shape());
                          kernel::gru_backward(h_gates.data(), h.data(), mask_of(alive), gates.storage().data(),
                                               dy.storage().data(), from_x.data(), from_h.data(), past.data(),
                                               kernel::CellRows::contiguous(rows, width, 3));
                          if (dgx) dgx.add_grad(std::move(from_x));
                          if (dgh) dgh.add_grad(std::move(from_h));
                          if (dh) dh.add_grad(std::move(past));
                      });
    return differentiable(std::move(next), {x_gates, h_gates, h}, [alive](Vars v, const Var&, const Var& dy) {
        const auto x = parts_of(alive_rows(alive, v[0]), 3), own = parts_of(alive_rows(alive, v[1]), 3);
        const Var r = sigmoid(x[0] + own[0]), z = sigmoid(x[1] + own[1]), n = tanh(x[2] + r * own[2]);
        const Var d = alive_rows(alive, dy), past = alive_rows(alive, v[2]);
        const Var dn = d * (1 - z) * (1 - square(n)), dr = dn * own[2] * (r * (1 - r)),
                  dz = d * (past - n) * (z * (1 - z));
        return Grads{concat({dr, dz, dn}), concat({dr, dz, dn * r}), with_kept_rows(alive, d * z, dy)};
    });
}

}  // namespace

// r = sigmoid(xr + hr), z = sigmoid(xz + hz), n = tanh(xn + r hn), y = (1 - z) n + z h (Cho et al., 2014; r inside the
// product with W as in PyTorch and cuDNN). Saves r, z and n: x_gates does not live on.
Var gru_cell(In x_gates, In h_gates, In h) {
    check_gates("gru_cell", 3, x_gates, h_gates, h, "h");
    return cell(x_gates, h_gates, h, Array::from_shape({0}));
}

// The same where alive (b) is 1; a row where it is 0 keeps h, and what its gates hold, NaN included, reaches nothing.
Var gru_cell(In x_gates, In h_gates, In h, const Array& alive) {
    check_gates("gru_cell", 3, x_gates, h_gates, h, "h");
    check_alive("gru_cell", alive, h, "h");
    return cell(x_gates, h_gates, h, alive);
}

#ifdef HEED_TESTING
namespace {
Var composed(Vars in) {
    const Dim width = in[2].dim(-1);
    const auto gate = [&](const Var& gates, Dim i) { return slice(gates, -1, i * width, (i + 1) * width); };
    const Var r = sigmoid(gate(in[0], 0) + gate(in[1], 0)), z = sigmoid(gate(in[0], 1) + gate(in[1], 1));
    const Var n = tanh(gate(in[0], 2) + r * gate(in[1], 2));
    return (1 - z) * n + z * in[2];
}
Var call(Vars in) { return gru_cell(in[0], in[1], in[2]); }
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "gru_cell/batch", .inputs = {{3, 15}, {3, 15}, {3, 5}}, .call = call, .same_as = composed},
    {.name = "gru_cell/wide", .inputs = {{2, 57}, {2, 57}, {2, 19}}, .call = call, .same_as = composed},
    {.name = "gru_cell/one by one", .inputs = {{1, 3}, {1, 3}, {1, 1}}, .call = call, .same_as = composed},
    {.name = "gru_cell/empty", .inputs = {{0, 6}, {0, 6}, {0, 2}}, .call = call, .flat = true},
    {.name = "gru_cell/two rows alive", .inputs = {{3, 6}, {3, 6}, {3, 2}},
     .call = [](Vars in) { return gru_cell(in[0], in[1], in[2], first_alive(3, 2)); },
     .same_as = [](Vars in) { return where(Var(reshaped(first_alive(3, 2), {3, 1})), composed(in), in[2]); }},
    {.name = "gru_cell/all rows alive", .inputs = {{2, 6}, {2, 6}, {2, 2}},
     .call = [](Vars in) { return gru_cell(in[0], in[1], in[2], filled({2}, 1)); }, .same_as = composed},
    {.name = "gru_cell/state of rank one", .inputs = {{6}, {6}, {2}}, .call = call, .rejects = true},
    {.name = "gru_cell/x_gates too narrow", .inputs = {{3, 4}, {3, 6}, {3, 2}}, .call = call, .rejects = true},
    {.name = "gru_cell/h_gates of another batch", .inputs = {{3, 6}, {1, 6}, {3, 2}}, .call = call, .rejects = true},
    {.name = "gru_cell/alive too long", .inputs = {{3, 6}, {3, 6}, {3, 2}},
     .call = [](Vars in) { return gru_cell(in[0], in[1], in[2], filled({4}, 1)); }, .rejects = true},
    {.name = "gru_cell/alive by half", .inputs = {{3, 6}, {3, 6}, {3, 2}},
     .call = [](Vars in) { return gru_cell(in[0], in[1], in[2], filled({3}, Real(0.5))); }, .rejects = true})
// clang-format on

}  // namespace heed
