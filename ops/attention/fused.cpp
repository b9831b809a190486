// The fused path: the streaming kernel as one recorded op.
#include <fmt/format.h>
#include <heed/ops/attention/operands.hpp>
#include <heed/ops/define/in_place.hpp>
#include <heed/ops/define/op.hpp>

namespace heed {

kernel::Attention AttentionOperands::view() const {
    const AttentionSizes& s = sizes;
    const Dim width = q.dim(-1) / (s.packed ? s.heads : 1);
    kernel::Attention
        a{.batch = s.batch, .heads = s.heads, .groups = s.groups, .tq = s.tq, .tk = s.tk, .dk = width, .dv = s.dv};
    a.q = heads_of(q.data(), s.packed, s.heads, s.tq, width);
    a.k = heads_of(k.data(), s.packed, s.groups, k.dim(-2), width);
    a.v = heads_of(v.data(), s.packed, s.groups, v.dim(-2), s.dv);
    a.scale = static_cast<Real>(scale);
    a.soft_cap = static_cast<Real>(soft_cap);
    a.sink = sink ? sink->data() : nullptr;
    a.mask = &mask;
    a.score = functions;
    a.score_self = self.get();
    if (weight) a.theta = {weight->data(), 0, weight->rank() == 2 && weight->dim(0) > 1 ? width : 0, 0};
    a.prepared_keys = prepared ? prepared->storage().data() : nullptr;
    a.dropout = dropout;
    a.stream = stream;
    return a;
}

PreparedKeys prepare_additive_keys(In k, Dim heads) {
    require(
        heads > 0, "prepare_additive_keys", [&] { return fmt::format("heads is {}; expected one or more", heads); },
        k.at);
    expect(
        k.rank() == 3 && k.dim(2) % heads == 0, "prepare_additive_keys", "k", k.shape(),
        [&] { return fmt::format("(b, j, {} d)", heads); }, k.at);
    kernel::Attention a{.batch = k.dim(0), .heads = heads, .groups = heads, .tk = k.dim(1), .dk = k.dim(2) / heads};
    a.k = heads_of(k.data(), true, heads, a.tk, a.dk);
    a.score = &kernel::additive_functions();
    Array values = Array::from_shape({kernel::prepared_size(a)});
    kernel::prepare_keys(a, values.data());
    return {k.value(), std::move(values), heads};
}

namespace {

// Lets `write` make the gradient of keys or values; in a decoder's later steps it adds in place to that of the earlier
// ones.
void gradient_of_rows(const Slot& slot, const In& x, Dim keys, FunctionRef<void(Real* gradient, bool add)> write) {
    add_grad_in_place(slot, x.shape(), x.value(), [&](Real* gradient, bool add) {
        if (!add && x.dim(-2) != keys) std::fill_n(gradient, x.size(), Real(0));  // rows that do not exist get none
        write(gradient, add);
    });
}

void backward(const AttentionOperands& o, const AttentionSlots& slots, const Array& out, const Array& sums,
              const Array& dout) {
    const AttentionSizes& s = o.sizes;
    const kernel::Attention a = o.view();
    Array dq = Array::from_shape(o.q.shape());
    Array dsink = Array::from_shape({slots.sink ? s.heads : 0}),
          dtheta = Array::from_shape({slots.weight ? s.heads : 0, a.dk});
    List<double> dbias(static_cast<std::size_t>(o.mask.gradient_size()));
    kernel::AttentionGradients g{.dout = o.result(dout.storage().data()),
                                 .out = o.result(out.storage().data()),
                                 .sums = row_sums(sums.storage().data(), s),
                                 .dq = heads_of(dq.data(), s.packed, s.heads, s.tq, a.dk),
                                 .dsink = slots.sink ? dsink.data() : nullptr,
                                 .dtheta = slots.weight ? dtheta.data() : nullptr,
                                 .dbias = dbias.empty() ? nullptr : dbias.data()};
    gradient_of_rows(slots.k, o.k, s.tk, [&](Real* dk, bool add_dk) {
        g.dk = heads_of(dk, s.packed, s.groups, o.k.dim(-2), a.dk);
        g.add_dk = add_dk;
        gradient_of_rows(slots.v, o.v, s.tk, [&](Real* dv, bool add_dv) {
            g.dv = heads_of(dv, s.packed, s.groups, o.v.dim(-2), s.dv);
            g.add_dv = add_dv;
            kernel::attention_backward(a, g);
        });
    });
    slots.q.add_grad(std::move(dq));
    slots.sink.add_grad(std::move(dsink));
    slots.weight.add_grad(std::move(dtheta));  // summed over the heads where they share one
    o.mask.deliver(dbias.data(), slots.biases);
}

}  // namespace

Var fused_attention(const AttentionCall& call) {
    const AttentionOperands o(call);
    Array out = Array::from_shape(o.out_shape()),
          sums = Array::from_shape({2, o.sizes.batch, o.sizes.heads, o.sizes.tq});
    kernel::attention_forward(o.view(), o.result(out.data()), row_sums(sums.data(), o.sizes));
    const std::shared_ptr<LensRecord> lens = remember_for_lenses(call, sums);
    const std::initializer_list<std::reference_wrapper<const In>> operands{o.q, o.k, o.v};
    return detail::record_if(
        recording() && call.wants_grad(), "attention", operands, std::move(out),
        [o, slots = AttentionSlots(o), sums = std::move(sums), lens](const Array& y, const Array& dy) {
            if (lens) lens->out = y, lens->dout = dy;
            backward(o, slots, y, sums, dy);
        });
}

}  // namespace heed
