// Binary functions and fused updates for one instruction set.
#include <heed/ops/kernel/elementwise/pointwise_table.hpp>
#include <heed/ops/kernel/simd/vector.hpp>
#include <heed/ops/kernel/simd/vector_math.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

template <class F, bool repeat_a, bool repeat_b>
void loop(const Real* a, const Real* b, Real* y, Dim n) {
    const V first_a = repeat_a ? V(a[0]) : V(Real(0)), first_b = repeat_b ? V(b[0]) : V(Real(0));
    Dim i = 0;
    for (; i + W <= n; i += W) store(y + i, F{}(repeat_a ? first_a : load(a + i), repeat_b ? first_b : load(b + i)));
    const Dim rest = n - i;
    if (rest > 0)
        store_part(y + i, F{}(repeat_a ? first_a : load_part(a + i, rest), repeat_b ? first_b : load_part(b + i, rest)),
                   rest);
}

template <class F>
void set(BinaryFamily& family, Binary f, F) {
    family.both[static_cast<int>(f)] = loop<F, false, false>;
    family.repeat_a[static_cast<int>(f)] = loop<F, true, false>;
    family.repeat_b[static_cast<int>(f)] = loop<F, false, true>;
}

HEED_INLINE V one_where(Mask mask) { return select(mask, V(Real(1)), V(Real(0))); }

// y = f(y, i) for every vector; a tail is computed in a whole one.
template <class F>
HEED_INLINE void update(Dim n, Real* y, F&& f) {
    for (Dim i = 0; i < n; i += W) store(y + i, f(load(y + i, n - i), i), n - i);
}

void fill_with(Dim n, Real value, Real* y) {
    const V v(value);
    for (Dim i = 0; i < n; i += W) store(y + i, v, n - i);
}

}  // namespace

void fill(BinaryFamily& t) {
    set(t, Binary::add, [](V a, V b) { return a + b; });
    set(t, Binary::sub, [](V a, V b) { return a - b; });
    set(t, Binary::mul, [](V a, V b) { return a * b; });
    set(t, Binary::div, [](V a, V b) { return divide(a, b); });
    set(t, Binary::max, [](V a, V b) { return max_nan(a, b); });
    set(t, Binary::min, [](V a, V b) { return min_nan(a, b); });
    set(t, Binary::pow, [](V a, V b) { return pow_of(a, b); });
    set(t, Binary::equal, [](V a, V b) { return one_where(a == b); });
    set(t, Binary::not_equal, [](V a, V b) { return one_where(!(a == b)); });
    set(t, Binary::less, [](V a, V b) { return one_where(a < b); });
    set(t, Binary::less_equal, [](V a, V b) { return one_where(a <= b); });
    set(t, Binary::greater, [](V a, V b) { return one_where(a > b); });
    set(t, Binary::greater_equal, [](V a, V b) { return one_where(a >= b); });
    set(t, Binary::atan2, [](V a, V b) { return atan2_of(a, b); });
    t.fill = fill_with;
    t.scale = [](Dim n, Real alpha, Real* y) { update(n, y, [alpha](V v, Dim) { return v * V(alpha); }); };
    t.axpy = [](Dim n, Real alpha, const Real* x, Real* y) {
        update(n, y, [=](V v, Dim i) { return fma(V(alpha), load(x + i, n - i), v); });
    };
    t.mul_add = [](Dim n, const Real* a, const Real* b, Real* y) {
        update(n, y, [=](V v, Dim i) { return fma(load(a + i, n - i), load(b + i, n - i), v); });
    };
}

}  // namespace heed::kernel::HEED_ISA_NS
