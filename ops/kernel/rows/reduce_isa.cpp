// Reductions for one instruction set; the order of the elements is described in rows.hpp.
#include <heed/core/sum_tree.hpp>
#include <heed/ops/kernel/rows/rows_table.hpp>
#include <heed/ops/kernel/simd/vector.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

// What `vectors` side by side have been reduced to.
template <class F, Dim vectors>
struct Reduced {
    V v[vectors];
    HEED_INLINE void operator+=(const Reduced& other) {
        HEED_UNROLL
        for (Dim i = 0; i < vectors; ++i) v[i] = F::of(v[i], other.v[i]);
    }
};

template <class F>
void last(const Real* x, Real* y, Dim rows, Dim n) {
    for (Dim row = 0; row < rows; ++row, x += n) {
        const Reduced<F, 1> all = sum_tree(n, longest_chain * W, [x](Dim begin, Dim count) HEED_INLINED {
            V part(F::start);
            row_each(count, [&](Dim i, Dim lanes) { part = F::of(part, load(x + begin + i, lanes, F::start)); });
            return Reduced<F, 1>{{part}};
        });
        y[row] = across(all.v[0], [](V a, V b) { return F::of(a, b); });
    }
}

// The columns of x from its first on: as many as the vectors have lanes, for a single one at most `count`.
template <class F, Dim vectors>
HEED_INLINE void columns(const Real* x, Dim stride, Dim n, Dim count, Real* y) {
    const Reduced<F, vectors> all = sum_tree(n, longest_chain, [=](Dim begin, Dim rows) HEED_INLINED {
        V part[vectors];
        HEED_UNROLL
        for (Dim v = 0; v < vectors; ++v) part[v] = V(F::start);
        for (const Real *at = x + begin * stride, *end = at + rows * stride; at != end; at += stride) {
            HEED_UNROLL
            for (Dim v = 0; v < vectors; ++v)
                part[v] = F::of(part[v], vectors == 1 ? load(at, count) : load(at + v * W));
        }
        Reduced<F, vectors> reduced;
        HEED_UNROLL
        for (Dim v = 0; v < vectors; ++v) reduced.v[v] = part[v];
        return reduced;
    });
    HEED_UNROLL
    for (Dim v = 0; v < vectors; ++v) store(y + v * W, all.v[v], vectors == 1 ? count : W);
}

template <class F>
void middle(const Real* x, Dim stride, Dim n, Dim width, Real* y) {
    constexpr Dim wide = 4 * W;
    const Dim step = n > 0 ? 1 : 0;  // no rows may lie at no address
    Dim j = 0;
    for (; j + wide <= width; j += wide) columns<F, 4>(x + step * j, stride, n, wide, y + j);
    for (; j < width; j += W) columns<F, 1>(x + step * j, stride, n, width - j, y + j);
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
