#pragma once
// The operands of one attention, kept for its backward and for inspection.
// Private to heed; not installed.
#include <cmath>
#include <heed/ops/attention/lens.hpp>
#include <heed/ops/attention/parts.hpp>
#include <heed/ops/kernel/attention/additive.hpp>
#include <heed/ops/kernel/attention/attention.hpp>

namespace heed {

template <class T>
kernel::HeadsOf<T> heads_of(T* data, bool packed, Dim heads, Dim t, Dim width) {
    if (packed) return {data, t * heads * width, width, heads * width};
    return {data, heads * t * width, t * width, width};
}

// The two halves of an array (2, b, h, tq).
template <class T>
kernel::RowSums<T> row_sums(T* data, const AttentionSizes& sizes) {
    return {data, data + sizes.batch * sizes.heads * sizes.tq};
}

// The factor of element n in ops/elementwise/dropout.cpp.
inline double dropout_factor(const RandomStream& stream, double p, Dim n) {
    const auto index = static_cast<std::uint64_t>(n);
    const std::uint64_t half = (stream.bits(index / 2) >> (index % 2 ? 32 : 0)) & 0xffffffffu;
    return half >= static_cast<std::uint64_t>(std::llround(p * 0x1p32)) ? 1 / (1 - p) : 0;
}

struct HEED_ABI AttentionOperands {
    AttentionSizes sizes;
    In q, k, v;  // q and k as reduce_score() gave them
    std::optional<In> weight, sink;
    double scale, soft_cap, dropout;
    RandomStream stream;
    BoundMask mask;
    const kernel::ScoreFunctions* functions;
    std::shared_ptr<const void> self;
    std::optional<Array> prepared = {};  // keys

    explicit AttentionOperands(const AttentionCall& call)
        : sizes(call.sizes), q(call.score.q, call.at), k(call.score.k, call.at), v(call.v, call.at),
          scale(call.score.scale), soft_cap(call.options->soft_cap), dropout(call.dropout), stream(call.stream),
          mask(call.mask), functions(call.score.functions), self(call.options->score.self) {
        if (call.score.weight.defined()) weight.emplace(call.score.weight, call.at);
        if (call.options->sink.defined()) sink.emplace(call.options->sink, call.at);
        if (const PreparedKeys* p = call.options->prepared; p && is_of(*p)) prepared = p->values;
    }

    kernel::Attention view() const;  // points into these operands
    // A write to keys first detaches them from shared memory: the same memory means the same values.
    bool is_of(const PreparedKeys& p) const {
        return p.keys.storage().data() == k.data() && p.keys.shape() == k.shape() && p.heads == sizes.groups &&
               sizes.packed && sizes.tk == k.dim(-2) && functions == &kernel::additive_functions();
    }
    Shape out_shape() const {
        return sizes.packed ? Shape{sizes.batch, sizes.tq, sizes.heads * sizes.dv}
                            : Shape{sizes.batch, sizes.heads, sizes.tq, sizes.dv};
    }
    template <class T>
    kernel::HeadsOf<T> result(T* data) const {
        return heads_of(data, sizes.packed, sizes.heads, sizes.tq, sizes.dv);
    }
};

struct HEED_ABI AttentionSlots {
    Slot q, k, v, weight, sink;
    List<Slot> biases;
    explicit AttentionSlots(const AttentionOperands& o)
        : q(o.q.slot()), k(o.k.slot()), v(o.v.slot()), weight(o.weight ? o.weight->slot() : Slot()),
          sink(o.sink ? o.sink->slot() : Slot()), biases(o.mask.slots()) {}
};

// What a Lens reads. A tape keeps what its ops borrow for as long as it lives, and a lens may outlive it, so it holds
// the operands. The gradient arrives when the sweep passes.
struct HEED_ABI LensRecord {
    std::vector<Var> held;
    AttentionOperands operands;
    Array sums;  // (2, b, h, tq): kernel::RowSums
    std::optional<Array> out, dout;
};
// For the lens of this call and the Lenses of this thread; null where there are none.
std::shared_ptr<LensRecord> remember_for_lenses(const AttentionCall& call, const Array& sums);

}  // namespace heed
