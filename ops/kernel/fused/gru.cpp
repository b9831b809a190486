// The pointwise part of a gated recurrent unit, shared out to threads.
#include <algorithm>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/kernel/fused/fused_table.hpp>
#include <heed/ops/kernel/fused/gru.hpp>

namespace heed::kernel {
namespace {

Dim rows_of_block(Dim width) { return std::max(Dim{1}, 4096 / std::max(Dim{1}, width)); }  // about 10 microseconds

bool keeps(const Real* mask, Dim row) { return mask != nullptr && mask[row] == 0; }

}  // namespace

void gru(const Real* gx, const Real* gh, const Real* h, const Real* mask, Real* h_next, Real* gates,
         const CellRows& rows) {
    const GruFamily& isa = table<GruFamily>();
    parallel_blocks(rows.count, rows_of_block(rows.width), [&](Dim begin, Dim end) {
        for (Dim row = begin; row < end; ++row) {
            const Dim at = row * rows.gates;
            isa.forward(gx + row * rows.x, gh + at, h + row * rows.past, keeps(mask, row), h_next + row * rows.states,
                        gates + at, rows.width);
        }
    });
}

void gru_backward(const Real* gh, const Real* h, const Real* mask, const Real* gates, const Real* dh_next, Real* dgx,
                  Real* dgh, Real* dh, const CellRows& rows) {
    const GruFamily& isa = table<GruFamily>();
    parallel_blocks(rows.count, rows_of_block(rows.width), [&](Dim begin, Dim end) {
        for (Dim row = begin; row < end; ++row) {
            const Dim at = row * rows.gates, to = row * rows.x, state = row * rows.width;
            isa.backward(gh + at, h + row * rows.past, keeps(mask, row), gates + at, dh_next + state, dgx + to,
                         dgh + to, dh + state, rows.width);
        }
    });
}

}  // namespace heed::kernel
