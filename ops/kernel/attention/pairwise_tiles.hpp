#pragma once
// The loops of a score that is a sum over the width, s_ij = sum_d g(q_id, k_jd, theta_d), for one instruction set:
// lanes are keys, so that nothing is summed over lanes but gradients of queries and of theta. A Pair is what the loops
// need of g:
//   constexpr bool has_theta
//   constexpr Dim group                                  so many elements of the width at a time, then single ones
//   V add<N>(V sum, const Real* q, const V (&k)[N], const Real* theta)              sum + N terms
//   V finish(V sum)                                      the score
//   void derivatives<masked, N>(const Real* q, const V (&k)[N], const Real* theta, V ds, V (&dq)[N], V (&dk)[N],
//                               V (&dtheta)[N])          ds times the derivatives of N terms; masked: 0 where ds is
//                                                        0, whatever they are
//   T gradient(T sum, const Real* theta, Dim n)          of q or k, from such a sum: a V or a Real
//   Real theta_gradient(Real sum, Real ds)               of theta, from such a sum and the sum of all ds
#include <type_traits>
#include <heed/ops/kernel/attention/score_table.hpp>
#include <heed/ops/kernel/simd/vector.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

template <Dim N>
HEED_INLINE void load_keys(const ScoreTile& t, Dim d, Dim j, V (&k)[N]) {
    HEED_UNROLL
    for (Dim n = 0; n < N; ++n) k[n] = load(t.k + (d + n) * t.ldk + j);
}

// Two vectors of keys at a time. If only one is left, both are that one, so that the result of a pair never depends on
// its neighbours.
template <class Pair>
void pairwise_scores(const Pair& pair, const ScoreTile& t) {
    const Dim last = (t.keys - 1) / W * W;
    for (Dim j0 = 0; j0 < t.keys; j0 += 2 * W) {
        const Dim j1 = j0 + W < t.keys ? j0 + W : last;
        for (Dim i = 0; i < t.rows; ++i) {
            const Real* q = t.q + i * t.ldq;
            V sum0(Real(0)), sum1(Real(0));
            Dim d = 0;
            V k0[Pair::group], k1[Pair::group];
            for (; d + Pair::group <= t.width; d += Pair::group) {
                const Real* theta = t.theta ? t.theta + d : nullptr;
                load_keys(t, d, j0, k0);
                load_keys(t, d, j1, k1);
                sum0 = pair.add(sum0, q + d, k0, theta);
                sum1 = pair.add(sum1, q + d, k1, theta);
            }
            for (; d < t.width; ++d) {
                const Real* theta = t.theta ? t.theta + d : nullptr;
                const V rest0[1] = {load(t.k + d * t.ldk + j0)}, rest1[1] = {load(t.k + d * t.ldk + j1)};
                sum0 = pair.add(sum0, q + d, rest0, theta);
                sum1 = pair.add(sum1, q + d, rest1, theta);
            }
            store(t.s + i * t.lds + j0, pair.finish(sum0), t.keys - j0);
            store(t.s + i * t.lds + j1, pair.finish(sum1), t.keys - j1);
        }
    }
}

constexpr Dim most_rows = 64,
              most_sums = 4 * most_rows;  // queries at a time, and vectors of sums for them, on the stack

// N elements of the width, from d. Sums over queries (for dk) and over all pairs (for dtheta) stay in registers, those
// over keys (for dq) are for_q (rows, N): the lanes are still to be added.
template <bool masked, Dim N, class Pair>
HEED_INLINE void backward_elements(const Pair& pair, const ScoreTile& t, const ScoreTileGradients& g, Dim d, Dim i0,
                                   Dim rows, Real all_ds, V* for_q) {
    const Real *q = t.q + i0 * t.ldq + d, *theta = t.theta ? t.theta + d : nullptr;
    V for_theta[N];
    for (Dim n = 0; n < rows * N; ++n) for_q[n] = V(Real(0));
    for (Dim n = 0; n < N; ++n) for_theta[n] = V(Real(0));
    const auto keys = [&](auto hides, Dim j, Dim count) {
        V k[N], for_k[N];
        load_keys(t, d, j, k);
        for (Dim n = 0; n < N; ++n) for_k[n] = V(Real(0));
        for (Dim i = 0; i < rows; ++i) {
            V dq[N], dk[N], dtheta[N];
            pair.template derivatives<decltype(hides)::value>(q + i * t.ldq, k, theta,
                                                              load(g.ds + (i0 + i) * t.lds + j, count), dq, dk, dtheta);
            HEED_UNROLL
            for (Dim n = 0; n < N; ++n) {
                for_q[i * N + n] = for_q[i * N + n] + dq[n];
                for_k[n] = for_k[n] + dk[n];
                if constexpr (Pair::has_theta) for_theta[n] = for_theta[n] + dtheta[n];
            }
        }
        for (Dim n = 0; n < N; ++n) {
            Real* dk = g.dk + (d + n) * t.ldk + j;
            store(dk, load(dk) + pair.gradient(for_k[n], theta, n));
        }
    };
    Dim j = 0;
    for (; j + W <= t.keys; j += W) keys(std::bool_constant<masked>(), j, W);
    if (j < t.keys)
        keys(std::true_type(), j, t.keys - j);  // the vector's other lanes hold keys that the tile does not see
    if (Pair::has_theta && g.dtheta)
        for (Dim n = 0; n < N; ++n) g.dtheta[d + n] += pair.theta_gradient(sum_lanes(for_theta[n]), all_ds);
}

// Elements d .. of the width, N at a time, for queries i0 .. i0 + rows - 1. Returns where it stopped.
template <bool masked, Dim N, class Pair>
Dim backward_rows(const Pair& pair, const ScoreTile& t, const ScoreTileGradients& g, Dim d, Dim i0, Dim rows,
                  Real all_ds) {
    V sums[most_sums + W];  // lanes are added for W vectors at once: of as many elements as there is room for
    while (d + N <= t.width) {
        const Dim first = d;
        for (; d + N <= t.width && (d + N - first) * rows <= most_sums; d += N)
            backward_elements<masked, N>(pair, t, g, d, i0, rows, all_ds, sums + (d - first) * rows);
        const Dim vectors = (d - first) * rows;
        for (Dim m = vectors; m < vectors + W; ++m) sums[m] = V(Real(0));
        alignas(64) Real sum[most_sums + W];
        for (Dim m = 0; m < vectors; m += W) sum_each(sums + m).store_aligned(sum + m);
        const Real* next = sum;
        for (Dim at = first; at < d; at += N)
            for (Dim i = i0; i < i0 + rows; ++i)
                for (Dim n = 0; n < N; ++n)
                    g.dq[i * g.ld_dq + at + n] += pair.gradient(*next++, t.theta ? t.theta + at : nullptr, n);
    }
    return d;
}

// masked: some pair's ds is 0, as that of every pair that a mask hides.
template <bool masked, class Pair>
void pairwise_gradients(const Pair& pair, const ScoreTile& t, const ScoreTileGradients& g) {
    for (Dim i0 = 0; i0 < t.rows; i0 += most_rows) {
        const Dim rows = t.rows - i0 < most_rows ? t.rows - i0 : most_rows;
        V sum(Real(0));
        for (Dim i = i0; i < i0 + rows; ++i)
            row_each(t.keys, [&](Dim j, Dim count) { sum = sum + load(g.ds + i * t.lds + j, count); });
        const Real all_ds = sum_lanes(sum);
        const Dim rest = backward_rows<masked, Pair::group>(pair, t, g, 0, i0, rows, all_ds);
        backward_rows<masked, 1>(pair, t, g, rest, i0, rows, all_ds);
    }
}

}  // namespace
}  // namespace heed::kernel::HEED_ISA_NS
