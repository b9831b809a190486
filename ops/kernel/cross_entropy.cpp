#include <algorithm>
#include <heed/core/parallel.hpp>
#include <heed/ops/kernel/cross_entropy.hpp>
#include <heed/ops/kernel/rows_table.hpp>

namespace heed::kernel {
namespace {

// Calls part(table, begin, end) for rows that are worth a thread.
template <class F>
void over_rows(const CrossEntropy& c, F&& part) {
    const SoftmaxFamily& isa = table<SoftmaxFamily>();
    parallel_blocks(c.rows, std::max(Dim{1}, 8192 / std::max(Dim{1}, c.n)), [&](Dim begin, Dim end) { part(isa, begin, end); });
}

// -log q of a logit.
Real loss_of(Real x, LogSums lse, Dim row) { return lse.log[row] - (x - lse.shift[row]); }

// sum_c w[c] (lse - x[c])
Real spread_loss(const CrossEntropy& c, const Real* x, LogSums lse, Dim row) {
    Real sum = 0;
    for (Dim i = 0; i < c.n; ++i) sum += (c.weights == nullptr ? Real(1) : c.weights[i]) * loss_of(x[i], lse, row);
    return sum;
}

}  // namespace

void cross_entropy(const CrossEntropy& c, Real* loss, Real* weight, LogSums lse) {
    over_rows(c, [&](const SoftmaxFamily& isa, Dim begin, Dim end) { isa.log_sums(c, lse, begin, end); });
    for (Dim row = 0; row < c.rows; ++row) {
        const std::int64_t label = c.labels[row];
        loss[row] = weight[row] = 0;
        if (label == c.ignore_index) continue;
        const Real* x = c.logits + row * c.n;
        weight[row] = c.weights == nullptr ? Real(1) : c.weights[label];
        loss[row] = (1 - c.smoothing) * weight[row] * loss_of(x[label], lse, row);
        if (c.smoothing != 0) loss[row] += c.smoothing / static_cast<Real>(c.n) * spread_loss(c, x, lse, row);
    }
}

void cross_entropy_backward(const CrossEntropy& c, LogSums lse, const Real* dloss, Real scale, Real* dlogits) {
    over_rows(c, [&](const SoftmaxFamily& isa, Dim begin, Dim end) { isa.cross_entropy_backward(c, lse, dloss, scale, dlogits, begin, end); });
}

}  // namespace heed::kernel
