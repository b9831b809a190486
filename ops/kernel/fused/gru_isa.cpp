// The gates of a recurrent unit for one instruction set.
#include <heed/ops/kernel/fused/fused_table.hpp>
#include <heed/ops/kernel/simd/vector.hpp>
#include <heed/ops/kernel/simd/vector_math.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

void forward(const Real* gx, const Real* gh, const Real* h, bool keep, Real* h_next, Real* gates, Dim width) {
    row_each(width, [&](Dim i, Dim count) {
        const V r = sigmoid(load(gx + i, count) + load(gh + i, count));
        const V z = sigmoid(load(gx + width + i, count) + load(gh + width + i, count));
        const V c = tanh_of(fma(r, load(gh + 2 * width + i, count), load(gx + 2 * width + i, count)));
        store(gates + i, r, count);
        store(gates + width + i, z, count);
        store(gates + 2 * width + i, c, count);
        const V before = load(h + i, count);
        store(h_next + i, keep ? before : fma(z, before - c, c), count);
    });
}

void backward(const Real* gh, const Real* h, bool keep, const Real* gates, const Real* dh_next, Real* dgx, Real* dgh,
              Real* dh, Dim width) {
    const V one(Real(1));
    if (keep) {
        for (Real* zeros : {dgx, dgh})
            row_each(3 * width, [&](Dim i, Dim count) { store(zeros + i, V(Real(0)), count); });
        row_each(width, [&](Dim i, Dim count) { store(dh + i, load(dh_next + i, count), count); });
        return;
    }
    row_each(width, [&](Dim i, Dim count) {
        const V r = load(gates + i, count), z = load(gates + width + i, count), c = load(gates + 2 * width + i, count);
        const V dy = load(dh_next + i, count);
        const V dz = dy * (load(h + i, count) - c) * (z * (one - z));
        const V dn = dy * (one - z) * (one - c * c);
        const V dr = dn * load(gh + 2 * width + i, count) * (r * (one - r));
        store(dgx + i, dr, count);
        store(dgh + i, dr, count);
        store(dgx + width + i, dz, count);
        store(dgh + width + i, dz, count);
        store(dgx + 2 * width + i, dn, count);
        store(dgh + 2 * width + i, dn * r, count);
        store(dh + i, dy * z, count);
    });
}

}  // namespace

void fill(GruFamily& t) { t = {forward, backward}; }

}  // namespace heed::kernel::HEED_ISA_NS
