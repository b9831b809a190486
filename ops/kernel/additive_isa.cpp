// Additive attention scores for one instruction set.
#include <heed/ops/kernel/fused_table.hpp>
#include <heed/ops/kernel/vector.hpp>
#include <heed/ops/kernel/vector_math.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

void scores(const Real* q, const Real* k, const Real* w, Dim tk, Dim d, Real* s) {
    for (Dim j = 0; j < tk; ++j, k += d) {
        V sum(Real(0));
        row_each(d, [&](Dim i, Dim count) { sum = fma(load(w + i, count), tanh_of(load(q + i, count) + load(k + i, count)), sum); });
        s[j] = sum_lanes(sum);
    }
}

void backward(const Real* q, const Real* k, const Real* w, const Real* ds, Dim tk, Dim d, Real* dq, Real* dk, Real* dw) {
    row_each(d, [&](Dim i, Dim count) {
        const V one(Real(1)), qv = load(q + i, count), wv = load(w + i, count);
        V query(Real(0)), weight = load(dw + i, count);
        for (Dim j = 0; j < tk; ++j) {
            const V t = tanh_of(qv + load(k + j * d + i, count)), g(ds[j]), slope = g * wv * (one - t * t);
            query = query + slope;
            weight = fma(g, t, weight);
            store(dk + j * d + i, load(dk + j * d + i, count) + slope, count);
        }
        store(dq + i, query, count);
        store(dw + i, weight, count);
    });
}

}  // namespace

void fill(AdditiveFamily& t) {
    t.scores = scores;
    t.backward = backward;
}

}  // namespace heed::kernel::HEED_ISA_NS
