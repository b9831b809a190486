// Functions of rows, and reductions, shared out to threads.
#include <algorithm>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/kernel/rows/rows.hpp>
#include <heed/ops/kernel/rows/rows_table.hpp>
#include <heed/ops/kernel/rows/running.hpp>

namespace heed::kernel {
namespace {

constexpr Dim block = 8192;  // elements that are worth a thread

const SoftmaxFamily& loops() { return table<SoftmaxFamily>(); }

// Calls f(first row, number of rows) for blocks of rows.
template <class F>
void over_rows(Dim rows, Dim n, F&& f) {
    parallel_blocks(rows, std::max(Dim{1}, block / std::max(Dim{1}, n)),
                    [&](Dim begin, Dim end) { f(begin, end - begin); });
}

}  // namespace

void softmax(const Real* x, Real* y, Dim rows, Dim n) {
    over_rows(rows, n, [&](Dim row, Dim count) { loops().softmax(x + row * n, y + row * n, count, n); });
}

void softmax_backward(const Real* y, const Real* dy, Real* dx, Dim rows, Dim n) {
    over_rows(rows, n,
              [&](Dim row, Dim count) { loops().softmax_backward(y + row * n, dy + row * n, dx + row * n, count, n); });
}

void log_softmax(const Real* x, Real* y, Dim rows, Dim n) {
    over_rows(rows, n, [&](Dim row, Dim count) { loops().log_softmax(x + row * n, y + row * n, count, n); });
}

void log_softmax_backward(const Real* y, const Real* dy, Real* dx, Dim rows, Dim n) {
    over_rows(rows, n, [&](Dim row, Dim count) {
        loops().log_softmax_backward(y + row * n, dy + row * n, dx + row * n, count, n);
    });
}

void logsumexp(const Real* x, Real* y, Dim rows, Dim n) {
    over_rows(rows, n, [&](Dim row, Dim count) { loops().logsumexp(x + row * n, y + row, count, n); });
}

void reduce(Reduce f, const Real* x, Dim outer, Dim n, Dim inner, Real* y) {
    const ReduceFamily& reductions = table<ReduceFamily>();
    const auto last = reductions.last[static_cast<int>(f)];
    const auto middle = reductions.middle[static_cast<int>(f)];
    if (inner == 1) return over_rows(outer, n, [&](Dim row, Dim count) { last(x + row * n, y + row, count, n); });
    const Dim width = std::max(Dim{64}, block / std::max(Dim{1}, n) / 64 * 64);  // of a piece of the inner axis
    const Dim pieces = (inner + width - 1) / width;
    over_rows(outer * pieces, n * std::min(width, inner), [&](Dim begin, Dim count) {
        for (Dim i = begin; i < begin + count; ++i) {
            const Dim o = i / pieces, j = i % pieces * width;
            middle(x + o * n * inner + j, inner, n, std::min(width, inner - j), y + o * inner + j);
        }
    });
}

namespace {

void first_of(Reduce f, const Real* x, std::int64_t* indices, Dim rows, Dim n) {
    const auto reduce = table<ReduceFamily>().last[static_cast<int>(f)];
    over_rows(rows, n, [&](Dim first, Dim count) {
        for (Dim row = first; row < first + count; ++row) {
            const Real* at = x + row * n;
            Real top = 0;
            reduce(at, &top, 1, n);
            indices[row] = std::find_if(at, at + n, [top](Real v) { return v == top || (top != top && v != v); }) - at;
        }
    });
}

}  // namespace

void argmax(const Real* x, std::int64_t* indices, Dim rows, Dim n) { first_of(Reduce::max, x, indices, rows, n); }
void argmin(const Real* x, std::int64_t* indices, Dim rows, Dim n) { first_of(Reduce::min, x, indices, rows, n); }

void cumulative_sum(const Real* x, Real* y, Dim outer, Dim n, Dim inner, bool reverse) {
    running(outer, n, inner, reverse, 0, [=](Dim i, double& sum) { y[i] = static_cast<Real>(sum += x[i]); });
}

}  // namespace heed::kernel
