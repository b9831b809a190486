// The pointwise part of a long short-term memory, shared out to threads.
#include <algorithm>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/kernel/fused/fused_table.hpp>
#include <heed/ops/kernel/fused/lstm.hpp>

namespace heed::kernel {
namespace {

// Calls step(row, kept) for every row, in blocks of about 10 microseconds; `kept` is a row whose mask is 0.
template <class F>
void each_row(const Real* mask, const CellRows& rows, F&& step) {
    parallel_blocks(rows.count, std::max(Dim{1}, 4096 / std::max(Dim{1}, rows.width)), [&](Dim begin, Dim end) {
        for (Dim i = begin; i < end; ++i) step(i, mask != nullptr && mask[i] == 0);
    });
}

}  // namespace

void lstm(const Real* gx, const Real* gh, const Real* h, const Real* c, const Real* mask, Real* h_next, Real* c_next,
          Real* gates, const CellRows& rows) {
    const LstmFamily& isa = table<LstmFamily>();
    each_row(mask, rows, [&](Dim row, bool kept) {
        const Dim at = row * rows.gates, past = row * rows.past, state = row * rows.states;
        isa.forward(gx + row * rows.x, gh + at, c + past, h_next + state, c_next + state, gates + at, rows.width);
        if (!kept) return;
        std::copy_n(h + past, rows.width, h_next + state);
        std::copy_n(c + past, rows.width, c_next + state);
    });
}

void lstm_backward(const Real* c, const Real* c_next, const Real* mask, const Real* gates, const Real* dh_next,
                   const Real* dc_next, Real* dgates, Real* dh, Real* dc, const CellRows& rows) {
    const LstmFamily& isa = table<LstmFamily>();
    const Dim width = rows.width;
    each_row(mask, rows, [&](Dim row, bool kept) {
        const Dim to = row * rows.x, state = row * width;
        if (kept) {
            std::fill_n(dgates + to, 4 * width, Real(0));
            std::copy_n(dh_next + state, width, dh + state);
            std::copy_n(dc_next + state, width, dc + state);
            return;
        }
        isa.backward(c + row * rows.past, c_next + row * rows.states, gates + row * rows.gates, dh_next + state,
                     dc_next + state, dgates + to, dc + state, width);
        std::fill_n(dh + state, width, Real(0));
    });
}

}  // namespace heed::kernel
