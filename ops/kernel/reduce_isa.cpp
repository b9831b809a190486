// Reductions for one instruction set; the order of the elements is described in rows.hpp.
#include <heed/ops/kernel/rows_table.hpp>
#include <heed/ops/kernel/vector.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

constexpr Dim block = 64 * W;  // bounds the length of one chain of additions, and so its rounding

template <class F>
void last(const Real* x, Real* y, Dim rows, Dim n) {
    for (Dim row = 0; row < rows; ++row, x += n) {
        V total(F::start);
        for (Dim begin = 0; begin < n; begin += block) {
            const Dim end = begin + block < n ? begin + block : n;
            V part(F::start);
            for (Dim i = begin; i < end; i += W) part = F::of(part, load(x + i, end - i, F::start));
            total = F::of(total, part);
        }
        y[row] = across(total, [](V a, V b) { return F::of(a, b); });
    }
}

template <class F>
void middle(const Real* x, Dim stride, Dim n, Dim width, Real* y) {
    constexpr Dim wide = 4 * W;
    Dim j = 0;
    for (; j + wide <= width; j += wide) {
        V sum[4] = {V(F::start), V(F::start), V(F::start), V(F::start)};
        for (Dim i = 0; i < n; ++i) {
            HEED_UNROLL
            for (Dim v = 0; v < 4; ++v) sum[v] = F::of(sum[v], load(x + i * stride + j + v * W));
        }
        HEED_UNROLL
        for (Dim v = 0; v < 4; ++v) store(y + j + v * W, sum[v]);
    }
    for (; j < width; j += W) {
        V sum(F::start);
        for (Dim i = 0; i < n; ++i) sum = F::of(sum, load(x + i * stride + j, width - j));
        store(y + j, sum, width - j);
    }
}

constexpr Real infinity = static_cast<Real>(__builtin_inf());

struct Sum {
    static constexpr Real start = 0;
    static V of(V a, V b) { return a + b; }
};
struct Product {
    static constexpr Real start = 1;
    static V of(V a, V b) { return a * b; }
};
struct Max {
    static constexpr Real start = -infinity;
    static V of(V a, V b) { return max_nan(a, b); }
};
struct Min {
    static constexpr Real start = infinity;
    static V of(V a, V b) { return min_nan(a, b); }
};

template <class F>
void set(ReduceFamily& t, Reduce f) {
    t.last[static_cast<int>(f)] = last<F>;
    t.middle[static_cast<int>(f)] = middle<F>;
}

}  // namespace

void fill(ReduceFamily& t) {
    set<Sum>(t, Reduce::sum);
    set<Product>(t, Reduce::prod);
    set<Max>(t, Reduce::max);
    set<Min>(t, Reduce::min);
}

}  // namespace heed::kernel::HEED_ISA_NS
