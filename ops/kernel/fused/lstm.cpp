// The pointwise part of a long short-term memory, shared out to threads.
#include <algorithm>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/kernel/fused/fused_table.hpp>
#include <heed/ops/kernel/fused/lstm.hpp>

namespace heed::kernel {
namespace {

// Calls row(at, kept) for the first element of every row, in blocks of about 10 microseconds; `kept` is a row whose
// mask is 0.
template <class F>
void each_row(const Real* mask, Dim rows, Dim width, F&& row) {
    parallel_blocks(rows, std::max(Dim{1}, 4096 / std::max(Dim{1}, width)), [&](Dim begin, Dim end) {
        for (Dim i = begin; i < end; ++i) row(i * width, mask != nullptr && mask[i] == 0);
    });
}

}  // namespace

void lstm(const Real* gx, const Real* gh, const Real* h, const Real* c, const Real* mask, Real* h_next, Real* c_next,
          Real* gates, Dim rows, Dim width) {
    const LstmFamily& isa = table<LstmFamily>();
    each_row(mask, rows, width, [&](Dim at, bool kept) {
        isa.forward(gx + 4 * at, gh + 4 * at, c + at, h_next + at, c_next + at, gates + 4 * at, width);
        if (!kept) return;
        std::copy_n(h + at, width, h_next + at);
        std::copy_n(c + at, width, c_next + at);
    });
}

void lstm_backward(const Real* c, const Real* c_next, const Real* mask, const Real* gates, const Real* dh_next,
                   const Real* dc_next, Real* dgates, Real* dh, Real* dc, Dim rows, Dim width) {
    const LstmFamily& isa = table<LstmFamily>();
    each_row(mask, rows, width, [&](Dim at, bool kept) {
        if (kept) {
            std::fill_n(dgates + 4 * at, 4 * width, Real(0));
            std::copy_n(dh_next + at, width, dh + at);
            std::copy_n(dc_next + at, width, dc + at);
            return;
        }
        isa.backward(c + at, c_next + at, gates + 4 * at, dh_next + at, dc_next + at, dgates + 4 * at, dc + at, width);
        std::fill_n(dh + at, width, Real(0));
    });
}

}  // namespace heed::kernel
