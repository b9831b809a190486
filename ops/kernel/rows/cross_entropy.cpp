// The cross entropy of rows, shared out to threads.
#include <algorithm>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/kernel/rows/cross_entropy.hpp>
#include <heed/ops/kernel/rows/rows_table.hpp>

namespace heed::kernel {
namespace {

// Calls part(table, begin, end) for rows that are worth a thread.
template <class F>
void over_rows(const CrossEntropy& c, F&& part) {
    const SoftmaxFamily& isa = table<SoftmaxFamily>();
    parallel_blocks(c.rows, std::max(Dim{1}, 8192 / std::max(Dim{1}, c.n)),
                    [&](Dim begin, Dim end) { part(isa, begin, end); });
}

}  // namespace

void cross_entropy(const CrossEntropy& c, Real* loss, LogSums lse) {
    over_rows(c, [&](const SoftmaxFamily& isa, Dim begin, Dim end) {
        isa.log_sums(c, lse, begin, end);
        if (c.smoothing != 0) isa.spread_losses(c, lse, loss, begin, end);
        for (Dim row = begin; row < end; ++row) {
            const std::int64_t label = c.labels[row];
            const Real spread = c.smoothing != 0 ? c.smoothing / static_cast<Real>(c.n) * loss[row] : Real(0);
            loss[row] = 0;
            if (label == c.ignore_index) continue;
            const Real weight = c.weights == nullptr ? Real(1) : c.weights[label];
            loss[row] =
                (1 - c.smoothing) * weight * (lse.log[row] - (c.logits[row * c.n + label] - lse.shift[row])) + spread;
        }
    });
}

void cross_entropy_backward(const CrossEntropy& c, LogSums lse, const Real* dloss, Real scale, Real* dlogits) {
    over_rows(c, [&](const SoftmaxFamily& isa, Dim begin, Dim end) {
        isa.cross_entropy_backward(c, lse, dloss, scale, dlogits, begin, end);
    });
}

}  // namespace heed::kernel
