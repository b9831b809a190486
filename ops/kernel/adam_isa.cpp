// Adam's update for one instruction set.
#include <heed/ops/kernel/fused_table.hpp>
#include <heed/ops/kernel/vector.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

void adam(const AdamStep& s, const Real* g, Real* p, Real* m, Real* v, Dim n) {
    const V beta1(s.beta1), beta2(s.beta2), rest1(1 - s.beta1), rest2(1 - s.beta2), eps(s.eps), l2(s.l2);
    const V shrink(1 - s.lr * s.decay), rate(s.lr / s.correction1), scale(1 / s.correction2);
    row_each(n, [&](Dim i, Dim count) {
        const V old = load(p + i, count), grad = fma(l2, old, load(g + i, count));
        const V first = fma(beta1, load(m + i, count), rest1 * grad), second = fma(beta2, load(v + i, count), rest2 * grad * grad);
        store(m + i, first, count);
        store(v + i, second, count);
        store(p + i, old * shrink - rate * first / (xsimd::sqrt(second * scale) + eps), count);
    });
}

}  // namespace

void fill(AdamFamily& t) { t.update = adam; }

}  // namespace heed::kernel::HEED_ISA_NS
