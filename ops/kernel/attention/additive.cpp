// Scores of additive attention, and their gradients, by tiles.
#include <algorithm>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/kernel/attention/additive.hpp>
#include <heed/ops/kernel/attention/additive_table.hpp>
#include <heed/ops/kernel/elementwise/pointwise.hpp>
#include <heed/ops/kernel/gemm/gemm_table.hpp>
#include <heed/ops/kernel/simd/workspace.hpp>

namespace heed::kernel {
namespace {

constexpr Dim worth_a_thread = 16384;  // evaluations of tanh: about 10 microseconds
constexpr Dim most_rows = 64;          // of a tile: they pay for making the keys ready
constexpr Dim line = 64 / sizeof(Real);

// Queries begin .. end - 1 of one item of the batch as the tiles take them, in this thread's memory: what is small
// enough stays in the cache until it is used, and packing the whole batch first would lose that.
ScoreTile packed(const Additive& a, Dim item, Dim begin, Dim end, Real* s) {
    thread_local Workspace space;
    const ScoreFunctions& additive = additive_functions();
    const Dim ldk = (a.tk + line - 1) / line * line, keys = a.d * ldk;
    Real *k = space.get(2 * keys + (end - begin) * a.d), *rows = k + keys, *q = rows + keys;
    additive.prepare(nullptr, a.k + item * a.tk * a.d, a.tk * a.d, rows);
    std::fill(rows + a.tk * a.d, rows + keys, Real(0));  // (ldk, d): whole squares are transposed faster
    table<GemmFamily>().pack_transposed(rows, a.d, a.d, ldk, k, ldk);
    additive.prepare(nullptr, a.q + (item * a.tq + begin) * a.d, (end - begin) * a.d, q);
    return {.b = item,
            .i0 = begin,
            .rows = end - begin,
            .keys = a.tk,
            .width = a.d,
            .q = q,
            .ldq = a.d,
            .k = k,
            .ldk = ldk,
            .theta = a.w,
            .s = s,
            .lds = a.tk};
}

}  // namespace

const ScoreFunctions& additive_functions() { return table<AdditiveFamily>().functions; }

void additive_scores(const Additive& a, Real* s) {
    const Dim rows = std::min(a.tq, most_rows), blocks = rows == 0 ? 0 : (a.tq + rows - 1) / rows;
    parallel_blocks(a.batch * blocks, std::max(Dim{1}, worth_a_thread / std::max(Dim{1}, rows * a.tk * a.d)),
                    [&](Dim begin, Dim end) {
                        for (Dim block = begin; block < end; ++block) {
                            const Dim item = block / blocks, first = block % blocks * rows;
                            additive_functions().pairwise(nullptr, packed(a, item, first, std::min(a.tq, first + rows),
                                                                          s + (item * a.tq + first) * a.tk));
                        }
                    });
}

void additive_scores_backward(const Additive& a, const Real* ds, Real* dq, Real* dk, Real* dw) {
    thread_local Workspace sums;
    Real* weights = sums.get(a.batch * a.d);  // one dw for each item of the batch: threads change no bit
    std::fill_n(weights, a.batch * a.d, Real(0));
    std::fill_n(dq, a.batch * a.tq * a.d, Real(0));
    parallel_blocks(a.batch, std::max(Dim{1}, worth_a_thread / std::max(Dim{1}, a.tq * a.tk * a.d)),
                    [&](Dim begin, Dim end) {
                        thread_local Workspace space;
                        for (Dim item = begin; item < end; ++item) {
                            const ScoreTile t = packed(a, item, 0, a.tq, nullptr);
                            Real *transposed = space.get(2 * a.d * t.ldk), *rows = transposed + a.d * t.ldk;
                            std::fill_n(transposed, a.d * t.ldk, Real(0));
                            additive_functions().pairwise_backward(nullptr, t,
                                                                   {.ds = ds + item * a.tq * a.tk,
                                                                    .dq = dq + item * a.tq * a.d,
                                                                    .ld_dq = a.d,
                                                                    .dk = transposed,
                                                                    .dtheta = weights + item * a.d});
                            table<GemmFamily>().pack_transposed(transposed, t.ldk, t.ldk, a.d, rows, a.d);
                            std::copy_n(rows, a.tk * a.d, dk + item * a.tk * a.d);
                        }
                    });
    fill(a.d, 0, dw);
    for (Dim item = 0; item < a.batch; ++item) add_to(a.d, weights + item * a.d, dw);
}

}  // namespace heed::kernel
