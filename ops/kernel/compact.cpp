#include <algorithm>
#include <heed/core/parallel.hpp>
#include <heed/core/profiler.hpp>
#include <heed/ops/kernel/compact_table.hpp>

namespace heed::kernel {

Dim compact_panel() { return table<CompactFamily>().panel; }

void compact_product(const CompactMatrix& w, Dim m, const Real* x, const Real* bias, Real* y) {
    detail::count_flops(2 * m * w.in * w.out);
    const CompactFamily& isa = table<CompactFamily>();
    const bool int8 = w.precision == Precision::int8;
    const Dim panel_bytes = w.in * w.panel * (int8 ? 1 : 2), panels = (w.out + w.panel - 1) / w.panel;
    constexpr Dim bytes_of_chunk = 1 << 17;  // 10 microseconds or more
    parallel_blocks(panels, std::max<Dim>(1, bytes_of_chunk / std::max<Dim>(1, panel_bytes)), [&](Dim begin, Dim end) {
        for (Dim p = begin; p < end; ++p) {
            const Dim j0 = p * w.panel;
            (int8 ? isa.int8 : isa.bfloat16)({.rows = m, .cols = std::min(w.panel, w.out - j0), .in = w.in, .x = x,
                                              .w = w.numbers.data() + p * panel_bytes, .factors = int8 ? w.factors.data() + j0 : nullptr,
                                              .bias = bias == nullptr ? nullptr : bias + j0, .y = y + j0, .ldy = w.out});
        }
    });
}

}  // namespace heed::kernel
