// The transforms of winograd.cpp for one instruction set: vectors of channels.
#include <heed/core/sum_tree.hpp>
#include <heed/ops/kernel/conv/winograd_table.hpp>
#include <heed/ops/kernel/simd/vector.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

// Calls transform(column, to) for each vector of channels: column(j) is column j of p + sign q.
template <class Transform>
HEED_INLINE void each_vector(const WinogradRow& r, Transform&& transform) {
    row_each(r.wanted, [=, &transform, sign = V(r.sign)](Dim c, Dim count) HEED_INLINED {
        const Real *p = r.p + c, *q = r.q + c;
        transform(
            [=](Dim j) HEED_INLINED {
                if (j < 0 || j >= r.size) return V(Real(0));
                return fma(sign, load(q + j * r.channels, count), load(p + j * r.channels, count));
            },
            r.to + c);
    });
}

HEED_INLINE void put(const WinogradRow& r, Dim t, Real* to, V a, V b, V c, V d) {
    to += t * r.ld;
    store(to, a);
    store(to + r.matrix, b);
    store(to + 2 * r.matrix, c);
    store(to + 3 * r.matrix, d);
}

void inputs(const WinogradRow& row) {
    const WinogradRow r = row;  // a copy: no store can change it
    each_vector(r, [&r](auto column, Real* to) HEED_INLINED {
        V d0 = column(r.first), d1 = column(r.first + 1);
        for (Dim t = 0; t < r.tiles; ++t) {
            const V d2 = column(r.first + 2 * t + 2), d3 = column(r.first + 2 * t + 3);
            put(r, t, to, d0 - d2, d1 + d2, d2 - d1, d1 - d3);
            d0 = d2;
            d1 = d3;
        }
    });
}

void gradients(const WinogradRow& row) {
    const WinogradRow r = row;
    each_vector(r, [&r](auto column, Real* to) HEED_INLINED {
        for (Dim t = 0; t < r.tiles; ++t) {
            const V d0 = column(r.first + 2 * t), d1 = column(r.first + 2 * t + 1);
            put(r, t, to, d0, d0 + d1, d0 - d1, -d1);
        }
    });
}

void results(const WinogradResults& results) {
    const WinogradResults r = results;
    row_each(r.channels, [&r](Dim c, Dim count) HEED_INLINED {
        const V bias = r.bias != nullptr ? load(r.bias + c, count) : V(Real(0));
        for (Dim t = 0; t < r.tiles; ++t) {
            V left[4], right[4];  // along the columns, of each row
            HEED_UNROLL
            for (Dim i = 0; i < 4; ++i) {
                const Real* from = r.from + 4 * i * r.matrix + t * r.ld + c;
                const V m0 = load(from), m1 = load(from + r.matrix), m2 = load(from + 2 * r.matrix),
                        m3 = load(from + 3 * r.matrix);
                left[i] = m0 + m1 + m2;
                right[i] = m1 - m2 - m3;
            }
            const Dim at = 2 * t * r.channels + c;
            const auto store_both = [&](Real* to) HEED_INLINED {
                return [=, &r](V a, V b) HEED_INLINED {
                    store(to + at, a + bias, count);
                    if (2 * t + 1 < r.size) store(to + at + r.channels, b + bias, count);
                };
            };
            store_both(r.upper)(left[0] + left[1] + left[2], right[0] + right[1] + right[2]);
            if (r.lower != nullptr) store_both(r.lower)(left[1] - left[2] - left[3], right[1] - right[2] - right[3]);
        }
    });
}

// g -> G g for three values; and G^T u for four.
HEED_INLINE void widen(V g0, V g1, V g2, V* to) {
    const V half(Real(0.5)), sum = g0 + g2;
    to[0] = g0;
    to[1] = half * (sum + g1);
    to[2] = half * (sum - g1);
    to[3] = g2;
}
HEED_INLINE void narrow(V u0, V u1, V u2, V u3, V* to) {
    const V half(Real(0.5)), sum = half * (u1 + u2);
    to[0] = u0 + sum;
    to[1] = half * (u1 - u2);
    to[2] = sum + u3;
}

void weights(const Real* w, Dim in, Dim out, Dim begin, Dim end, Real* to, Dim ld) {
    for (Dim i = begin; i < end; ++i)
        row_each(out, [=](Dim o, Dim count) HEED_INLINED {
            V rows[3][4];  // of g G^T
            HEED_UNROLL
            for (Dim u = 0; u < 3; ++u) {
                const auto g = [=](Dim v) { return load(w + ((3 * u + v) * in + i) * out + o, count); };
                widen(g(0), g(1), g(2), rows[u]);
            }
            HEED_UNROLL
            for (Dim v = 0; v < 4; ++v) {
                V column[4];
                widen(rows[0][v], rows[1][v], rows[2][v], column);
                HEED_UNROLL
                for (Dim u = 0; u < 4; ++u) store(to + ((4 * u + v) * in + i) * ld + o, column[u]);
            }
        });
}

void weights_gradient(const Real* from, Dim ld, Dim in, Dim out, Dim begin, Dim end, Real* dw) {
    for (Dim i = begin; i < end; ++i)
        row_each(out, [=](Dim o, Dim count) HEED_INLINED {
            V rows[4][3];  // of dU G
            HEED_UNROLL
            for (Dim u = 0; u < 4; ++u) {
                const auto m = [=](Dim v) { return load(from + ((4 * u + v) * in + i) * ld + o); };
                narrow(m(0), m(1), m(2), m(3), rows[u]);
            }
            HEED_UNROLL
            for (Dim v = 0; v < 3; ++v) {
                V column[3];
                narrow(rows[0][v], rows[1][v], rows[2][v], rows[3][v], column);
                HEED_UNROLL
                for (Dim u = 0; u < 3; ++u) store(dw + ((3 * u + v) * in + i) * out + o, column[u], count);
            }
        });
}

}  // namespace

void fill(WinogradFamily& t) { t = {W, inputs, results, gradients, weights, weights_gradient}; }

}  // namespace heed::kernel::HEED_ISA_NS
