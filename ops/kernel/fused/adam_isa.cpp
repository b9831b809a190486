// Adam's update for one instruction set.
#include <heed/ops/kernel/fused/fused_table.hpp>
#include <heed/ops/kernel/simd/vector.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

void adam(const AdamStep& s, const Real* g, Real* p, Real* m, Real* v, Real* largest, Dim n) {
    // Nothing is multiplied by beta, nor by 1 - lr decay: a float near 1 has few digits of its distance from 1.
    const V rest1(static_cast<Real>(1 - s.beta1)), rest2(static_cast<Real>(1 - s.beta2)), less1(-rest1), less2(-rest2);
    const V eps(s.eps), l2(s.l2), decay(s.lr * s.decay), rate(s.lr / s.correction1), scale(1 / s.correction2);
    row_each(n, [&](Dim i, Dim count) {
        const V old = load(p + i, count), grad = fma(l2, old, g ? load(g + i, count) : V(Real(0)));
        const V m0 = load(m + i, count), first = fma(rest1, grad, fma(less1, m0, m0));
        const V v0 = load(v + i, count), second = fma(rest2 * grad, grad, fma(less2, v0, v0));
        store(m + i, first, count);
        store(v + i, second, count);
        V bound = second;
        if (largest) store(largest + i, bound = xsimd::max(second, load(largest + i, count)), count);
        store(p + i, old - fma(decay, old, divide(rate * first, square_root(bound * scale) + eps)), count);
    });
}

}  // namespace

void fill(AdamFamily& t) { t.update = adam; }

}  // namespace heed::kernel::HEED_ISA_NS
