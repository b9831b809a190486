// Layer norm and root-mean-square norm, shared out to threads.
#include <algorithm>
#include <heed/core/base/parallel.hpp>
#include <heed/core/sum_tree.hpp>
#include <heed/ops/kernel/elementwise/pointwise.hpp>
#include <heed/ops/kernel/rows/rows.hpp>
#include <heed/ops/kernel/rows/rows_table.hpp>
#include <heed/ops/kernel/simd/workspace.hpp>

namespace heed::kernel {
namespace {

constexpr Dim block = 8192;  // elements that are worth a thread

Dim rows_of_block(Dim n) { return std::max(Dim{8}, block / std::max(Dim{1}, n)); }

void backward(const Real* x, const Real* gain, const Real* mean, const Real* rstd, const Real* dy, Real* dx,
              Real* dgain, Real* dbias, Dim rows, Dim n) {
    const NormFamily& isa = table<NormFamily>();
    const Dim share = rows_of_block(n), step = std::min(share, longest_chain), blocks = (rows + step - 1) / step;
    // Every block has its own sums, which are added by a tree over the blocks.
    thread_local Workspace space;
    Real* partial = space.get(std::max(Dim{1}, blocks) * 2 * n);
    parallel_blocks(rows, share / step * step, [&](Dim begin, Dim end) {
        for (Dim row = begin; row < end; row += step) {
            Real* gains = dgain == nullptr ? nullptr : partial + row / step * 2 * n;
            Real* biases = dbias == nullptr ? nullptr : partial + (row / step * 2 + 1) * n;
            if (gains != nullptr) std::fill_n(gains, n, Real(0));
            if (biases != nullptr) std::fill_n(biases, n, Real(0));
            const Dim at = row * n;
            isa.backward(x + at, gain, mean == nullptr ? nullptr : mean + row, rstd + row, dy + at, dx + at, gains,
                         biases, std::min(step, end - row), n);
        }
    });
    for (Real* sum : {dgain, dbias}) {
        if (sum == nullptr) continue;
        const Real* from = partial + (sum == dbias ? n : 0);
        fill(n, 0, sum);
        add_many(
            blocks, n,
            [from, n](Dim b, Dim first, Dim columns, Real* to) { add_to(columns, from + 2 * b * n + first, to); }, sum);
    }
}

void forward(const Real* x, const Real* gain, const Real* bias, Real eps, Real* y, Real* mean, Real* rstd, Dim rows,
             Dim n) {
    const NormFamily& isa = table<NormFamily>();
    parallel_blocks(rows, rows_of_block(n), [&](Dim begin, Dim end) {
        isa.forward(x + begin * n, gain, bias, eps, y + begin * n, mean == nullptr ? nullptr : mean + begin,
                    rstd + begin, end - begin, n);
    });
}

}  // namespace

void layer_norm(const Real* x, const Real* gain, const Real* bias, Real eps, Real* y, Real* mean, Real* rstd, Dim rows,
                Dim n) {
    forward(x, gain, bias, eps, y, mean, rstd, rows, n);
}

void layer_norm_backward(const Real* x, const Real* gain, const Real* mean, const Real* rstd, const Real* dy, Real* dx,
                         Real* dgain, Real* dbias, Dim rows, Dim n) {
    backward(x, gain, mean, rstd, dy, dx, dgain, dbias, rows, n);
}

void rms_norm(const Real* x, const Real* gain, Real eps, Real* y, Real* rstd, Dim rows, Dim n) {
    forward(x, gain, nullptr, eps, y, nullptr, rstd, rows, n);
}

void rms_norm_backward(const Real* x, const Real* gain, const Real* rstd, const Real* dy, Real* dx, Real* dgain,
                       Dim rows, Dim n) {
    backward(x, gain, nullptr, rstd, dy, dx, dgain, nullptr, rows, n);
}

}  // namespace heed::kernel
