#include <algorithm>
#include <heed/core/parallel.hpp>
#include <heed/ops/kernel/fused_table.hpp>
#include <heed/ops/kernel/gru.hpp>

namespace heed::kernel {
namespace {

Dim rows_of_block(Dim width) { return std::max(Dim{1}, 4096 / std::max(Dim{1}, width)); }  // about 10 microseconds

bool keeps(const Real* mask, Dim row) { return mask != nullptr && mask[row] == 0; }

}  // namespace

void gru(const Real* gx, const Real* gh, const Real* h, const Real* mask, Real* h_next, Real* gates, Dim rows, Dim width) {
    const GruFamily& isa = table<GruFamily>();
    parallel_blocks(rows, rows_of_block(width), [&](Dim begin, Dim end) {
        for (Dim row = begin; row < end; ++row) {
            const Dim at = row * width;
            isa.forward(gx + 3 * at, gh + 3 * at, h + at, keeps(mask, row), h_next + at, gates + 3 * at, width);
        }
    });
}

void gru_backward(const Real* gh, const Real* h, const Real* mask, const Real* gates, const Real* dh_next, Real* dgx, Real* dgh, Real* dh, Dim rows,
                  Dim width) {
    const GruFamily& isa = table<GruFamily>();
    parallel_blocks(rows, rows_of_block(width), [&](Dim begin, Dim end) {
        for (Dim row = begin; row < end; ++row) {
            const Dim at = row * width;
            isa.backward(gh + 3 * at, h + at, keeps(mask, row), gates + 3 * at, dh_next + at, dgx + 3 * at, dgh + 3 * at, dh + at, width);
        }
    });
}

}  // namespace heed::kernel
