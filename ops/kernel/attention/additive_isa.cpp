// The additive score by tiles for one instruction set, lanes over keys. With E = e^2q and F = e^2k, computed once for
// each element, tanh(q + k) = 1 - 2 / (1 + E F): no exponential is left in the loop over pairs, and four fractions
// share one division.
#include <heed/ops/kernel/attention/additive_table.hpp>
#include <heed/ops/kernel/attention/pairwise_tiles.hpp>
#include <heed/ops/kernel/simd/vector_math.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

#ifdef HEED_DOUBLE
constexpr Real limit = 300, shrink = 0x1p-1020, most = 1e18;
#else
constexpr Real limit = 40, shrink = 0x1p-124f, most = 3e8f;
#endif

// e^2x, or where that is out of range, x itself as a negative number: -x above the limit, x shrunk to (-20, 0) below
// -limit.
HEED_INLINE V encode(V x) {
    const Mask near = xsimd::abs(x) <= V(limit);
    const V e = exp_of(x + x);
    return xsimd::all(near) ? e : select(near, e, select(x > V(limit), -x, at_least(x * V(shrink), Real(-20))));
}
HEED_INLINE V decode(V e) {
    const V far = select(e < V(-limit), -e, e * V(1 / shrink));
    return select(e >= V(Real(0)), V(Real(0.5)) * xsimd::log(e), far);
}

void prepare(const void*, const Real* from, Dim n, Real* to) {
    row_each(n, [&](Dim i, Dim count) { store(to + i, encode(load(from + i, count)), count); });
}

// 1 + e^2(q + k) of encoded values, at most `most`: so the product of four is finite, and 1 - 2 / most is already 1.
// The result of a pair does not depend on `Far`: without it, tiles whose values are all in range only leave out the
// other case.
template <bool Far>
HEED_INLINE V denominator(V e, V f) {
    V p = fma(e, f, V(Real(1)));
    if constexpr (Far) {
        const Mask near = (e >= V(Real(0))) & (f >= V(Real(0)));
        if (!xsimd::all(near)) {
            const V x = decode(e) + decode(f);
            p = select(near, p, V(Real(1)) + exp_of(x + x));
        }
    }
    return at_most(p, most);
}

bool any_far(const Real* x, Dim rows, Dim n, Dim ld) {
    Mask near(true);
    for (Dim i = 0; i < rows; ++i)
        row_each(n, [&](Dim j, Dim count) { near = near & (load(x + i * ld + j, count) >= V(Real(0))); });
    return !xsimd::all(near);
}

// r_n = 1 / p_n with one division.
HEED_INLINE void reciprocals(const V (&p)[1], V (&r)[1]) { r[0] = divide(V(Real(1)), p[0]); }
HEED_INLINE void reciprocals(const V (&p)[4], V (&r)[4]) {
    const V p01 = p[0] * p[1], p23 = p[2] * p[3], all = divide(V(Real(1)), p01 * p23), r01 = all * p23, r23 = all * p01;
    r[0] = r01 * p[1], r[1] = r01 * p[0], r[2] = r23 * p[3], r[3] = r23 * p[2];
}

// What is added up of a pair is w / p: s = sum w - 2 sum w / p. With r = 1 / p, tanh' = 4 r (1 - r): the gradients of q
// and k are 4 w sum ds r (1 - r), that of w is sum ds (1 - 2 r).
template <bool Far>
struct Additive {
    static constexpr bool has_theta = true;
    static constexpr Dim group = 4;
    Real weights = 0;

    explicit Additive(const ScoreTile& t) {
        for (Dim d = 0; d < t.width; ++d) weights += t.theta[d];
    }
    HEED_INLINE V add(V sum, const Real* e, const V (&f)[1], const Real* w) const {
        return sum + divide(V(w[0]), denominator<Far>(V(e[0]), f[0]));
    }
    HEED_INLINE V add(V sum, const Real* e, const V (&f)[4], const Real* w) const {
        const V p0 = denominator<Far>(V(e[0]), f[0]), p1 = denominator<Far>(V(e[1]), f[1]),
                p2 = denominator<Far>(V(e[2]), f[2]), p3 = denominator<Far>(V(e[3]), f[3]), p01 = p0 * p1,
                p23 = p2 * p3;
        const V n01 = fma(V(w[0]), p1, V(w[1]) * p0), n23 = fma(V(w[2]), p3, V(w[3]) * p2);
        return sum + divide(fma(n01, p23, n23 * p01), p01 * p23);
    }
    HEED_INLINE V finish(V sum) const { return fma(V(Real(-2)), sum, V(weights)); }

    template <bool, Dim N>
    HEED_INLINE void derivatives(const Real* e, const V (&f)[N], const Real*, V ds, V (&dq)[N], V (&dk)[N],
                                 V (&dw)[N]) const {
        V p[N], r[N];
        HEED_UNROLL
        for (Dim n = 0; n < N; ++n) p[n] = denominator<Far>(V(e[n]), f[n]);
        reciprocals(p, r);
        HEED_UNROLL
        for (Dim n = 0; n < N; ++n) {
            if constexpr (Far) r[n] = select(ds == V(Real(0)), V(Real(0)), r[n]);  // 0 * NaN would be NaN
            dw[n] = ds * r[n];
            dq[n] = dk[n] = fnma(dw[n], r[n], dw[n]);
        }
    }
    template <class T>
    HEED_INLINE T gradient(T sum, const Real* w, Dim n) const {
        return sum * T(4 * w[n]);
    }
    HEED_INLINE Real theta_gradient(Real sum, Real ds) const { return ds - 2 * sum; }
};

// Whole vectors of keys: the elements behind the last key are computed, too.
bool any_far(const ScoreTile& t) {
    return any_far(t.q, t.rows, t.width, t.ldq) || any_far(t.k, t.width, (t.keys + W - 1) / W * W, t.ldk);
}

void score(const void*, const ScoreTile& t) {
    any_far(t) ? pairwise_scores(Additive<true>(t), t) : pairwise_scores(Additive<false>(t), t);
}
void score_backward(const void*, const ScoreTile& t, const ScoreTileGradients& g) {
    any_far(t) ? pairwise_gradients<false>(Additive<true>(t), t, g)
               : pairwise_gradients<false>(Additive<false>(t), t, g);
}

}  // namespace

void fill(AdditiveFamily& t) {
    t.functions = {.name = "additive",
                   .isa = isa_name,
                   .pairwise = score,
                   .pairwise_backward = score_backward,
                   .prepare = prepare};
}

}  // namespace heed::kernel::HEED_ISA_NS
