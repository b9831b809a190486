#include <algorithm>
#include <heed/core/parallel.hpp>
#include <heed/ops/kernel/cross_entropy.hpp>
#include <heed/ops/kernel/rows.hpp>
#include <heed/ops/kernel/rows_table.hpp>

namespace heed::kernel {
namespace {

// sum_c w[c] (lse - x[c])
Real spread_loss(const CrossEntropy& c, const Real* x, Real lse) {
    Real sum = 0;
    for (Dim i = 0; i < c.n; ++i) sum += (c.weights == nullptr ? Real(1) : c.weights[i]) * (lse - x[i]);
    return sum;
}

}  // namespace

void cross_entropy(const CrossEntropy& c, Real* loss, Real* weight, Real* lse) {
    logsumexp(c.logits, lse, c.rows, c.n);
    for (Dim row = 0; row < c.rows; ++row) {
        const std::int64_t label = c.labels[row];
        loss[row] = weight[row] = 0;
        if (label == c.ignore_index) continue;
        const Real* x = c.logits + row * c.n;
        weight[row] = c.weights == nullptr ? Real(1) : c.weights[label];
        loss[row] = (1 - c.smoothing) * weight[row] * (lse[row] - x[label]);
        if (c.smoothing != 0) loss[row] += c.smoothing / static_cast<Real>(c.n) * spread_loss(c, x, lse[row]);
    }
}

void cross_entropy_backward(const CrossEntropy& c, const Real* lse, const Real* dloss, Real scale, Real* dlogits) {
    const SoftmaxFamily& isa = table<SoftmaxFamily>();
    const Dim rows = std::max(Dim{1}, 8192 / std::max(Dim{1}, c.n));
    parallel_blocks(c.rows, rows, [&](Dim begin, Dim end) { isa.cross_entropy_backward(c, lse, dloss, scale, dlogits, begin, end); });
}

}  // namespace heed::kernel
