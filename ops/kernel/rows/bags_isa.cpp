// Weighted sums of rows for one instruction set.
#include <heed/ops/kernel/rows/bags_table.hpp>
#include <heed/ops/kernel/simd/vector.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

// The columns of `vectors` vectors, which stay in registers; the last of them has `rest` lanes.
template <Dim vectors>
void add_columns(const WeightedRows& r, Dim first, Dim rest, Real* y) {
    const auto lanes = [rest](Dim v) { return v + 1 < vectors ? W : rest; };
    V sum[vectors];
    HEED_UNROLL
    for (Dim v = 0; v < vectors; ++v) sum[v] = load(y + v * W, lanes(v));
    for (Dim k = 0; k < r.count; ++k) {
        if (r.ids[k] == r.padding) continue;
        const Real* const row = r.from + r.ids[k] * r.width + first;
        const V weight(r.weights[k]);
        HEED_UNROLL
        for (Dim v = 0; v < vectors; ++v) sum[v] = fma(weight, load(row + v * W, lanes(v)), sum[v]);
    }
    HEED_UNROLL
    for (Dim v = 0; v < vectors; ++v) store(y + v * W, sum[v], lanes(v));
}

void add(const WeightedRows& rows, Dim first, Dim n, Real* y) {
    Dim j = 0;
    for (; j + 8 * W <= n; j += 8 * W) add_columns<8>(rows, first + j, W, y + j);
    for (; j + 4 * W <= n; j += 4 * W) add_columns<4>(rows, first + j, W, y + j);
    for (; j + 2 * W <= n; j += 2 * W) add_columns<2>(rows, first + j, W, y + j);
    for (; j < n; j += W) add_columns<1>(rows, first + j, n - j < W ? n - j : W, y + j);
}

Real dot(const Real* a, const Real* b, Dim n) {
    constexpr Dim most = 4;  // vectors of sums, so that chains are short
    V sum[most] = {V(Real(0)), V(Real(0)), V(Real(0)), V(Real(0))};
    Dim j = 0;
    for (; j + most * W <= n; j += most * W) {
        HEED_UNROLL
        for (Dim v = 0; v < most; ++v) sum[v] = fma(load(a + j + v * W), load(b + j + v * W), sum[v]);
    }
    row_each(n - j, [&](Dim i, Dim count) { sum[0] = fma(load(a + j + i, count), load(b + j + i, count), sum[0]); });
    return sum_lanes((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

}  // namespace

void fill(BagsFamily& t) { t = {add, dot}; }

}  // namespace heed::kernel::HEED_ISA_NS
