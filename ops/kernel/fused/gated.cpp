// Gated units, shared out to threads.
#include <algorithm>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/kernel/fused/fused_table.hpp>
#include <heed/ops/kernel/fused/gated.hpp>

namespace heed::kernel {
namespace {

// Calls run(half, whole, n) for pieces of rows: n elements from `half` on in arrays of width `width`, from `whole` on
// in those of twice that width. A block may begin within a row: a single row may be long.
template <class Run>
void pieces(Dim rows, Dim width, const Run& run) {
    parallel_blocks(rows * width, 8192, [&](Dim begin, Dim end) {
        for (Dim at = begin; at < end;) {
            const Dim row = at / width, n = std::min(end, (row + 1) * width) - at;
            run(at, at + row * width, n);
            at += n;
        }
    });
}

}  // namespace

void gated(Gate f, const Real* gate, const Real* value, Real* y, Dim rows, Dim width) {
    const auto loop = table<GatedFamily>().forward[static_cast<int>(f)];
    pieces(rows, width, [=](Dim half, Dim whole, Dim n) { loop(gate + whole, value + whole, y + half, n); });
}

void gated_backward(Gate f, const Real* gate, const Real* value, const Real* dy, Real* dgate, Real* dvalue, Dim rows,
                    Dim width) {
    const auto loop = table<GatedFamily>().backward[static_cast<int>(f)];
    pieces(rows, width, [=](Dim half, Dim whole, Dim n) {
        loop(gate + whole, value + whole, dy + half, dgate + whole, dvalue + whole, n);
    });
}

}  // namespace heed::kernel
