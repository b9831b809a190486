// Products with a quantized matrix, shared out to threads.
#include <algorithm>
#include <heed/core/base/parallel.hpp>
#include <heed/core/observe/profiler.hpp>
#include <heed/ops/kernel/elementwise/chains.hpp>
#include <heed/ops/kernel/gemm/quantized_table.hpp>

namespace heed::kernel {

Dim quantized_panel() { return table<QuantizedFamily>().panel; }

void quantized_product(const QuantizedMatrix& w, Dim m, const Real* x, const Real* bias, Real* y) {
    detail::count_flops(2 * m * w.in * w.out);
    const QuantizedFamily& isa = table<QuantizedFamily>();
    const bool int8 = w.precision == Precision::int8;
    const auto product = int8 ? isa.int8 : isa.bfloat16;
    const Dim row_bytes = w.panel * (int8 ? 1 : 2), panel_bytes = w.in * row_bytes,
              panels = (w.out + w.panel - 1) / w.panel;
    const bool one_chain = w.in <= terms_of_chain;
    constexpr Dim bytes_of_chunk = 1 << 17;  // 10 microseconds or more
    parallel_blocks(panels, std::max<Dim>(1, bytes_of_chunk / std::max<Dim>(1, panel_bytes)), [&](Dim begin, Dim end) {
        Storage<Real> finished;
        if (!one_chain) finished.resize(static_cast<std::size_t>(m * w.panel));
        for (Dim p = begin; p < end; ++p) {
            const Dim j0 = p * w.panel, cols = std::min(w.panel, w.out - j0), ld = one_chain ? w.out : w.panel;
            Real* const result = one_chain ? y + j0 : finished.data();
            sum_in_chains(0, w.in, terms_of_chain, m * w.panel, result, [&](Dim first, Dim last, Real* sums) {
                product({.rows = m,
                         .cols = cols,
                         .in = last - first,
                         .x = x + first,
                         .ldx = w.in,
                         .w = w.values.data() + p * panel_bytes + first * row_bytes,
                         .factors = int8 ? w.factors.data() + j0 : nullptr,
                         .bias = bias == nullptr || first > 0 ? nullptr : bias + j0,
                         .y = sums,
                         .ldy = ld});
            });
            for (Dim i = 0; i < m && !one_chain; ++i) std::copy_n(result + i * ld, cols, y + i * w.out + j0);
        }
    });
}

}  // namespace heed::kernel
