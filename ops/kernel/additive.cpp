#include <algorithm>
#include <heed/core/parallel.hpp>
#include <heed/ops/kernel/additive.hpp>
#include <heed/ops/kernel/fused_table.hpp>
#include <heed/ops/kernel/pointwise.hpp>
#include <heed/ops/kernel/workspace.hpp>

namespace heed::kernel {

void additive_scores(const Additive& a, Real* s) {
    const AdditiveFamily& isa = table<AdditiveFamily>();
    const Dim block = std::max(Dim{1}, 8192 / std::max(Dim{1}, a.tk * a.d));  // query rows: about 10 microseconds
    parallel_blocks(a.batch * a.tq, block, [&](Dim begin, Dim end) {
        for (Dim row = begin; row < end; ++row) isa.scores(a.q + row * a.d, a.k + row / a.tq * a.tk * a.d, a.w, a.tk, a.d, s + row * a.tk);
    });
}

void additive_scores_backward(const Additive& a, const Real* ds, Real* dq, Real* dk, Real* dw) {
    const AdditiveFamily& isa = table<AdditiveFamily>();
    thread_local Workspace space;
    Real* weights = space.get(a.batch * a.d);  // one dw for each item of the batch: threads change no bit
    const auto item_backward = [&](Dim item) {
        Real* key = dk + item * a.tk * a.d;
        std::fill_n(key, a.tk * a.d, Real(0));
        std::fill_n(weights + item * a.d, a.d, Real(0));
        for (Dim row = item * a.tq; row < (item + 1) * a.tq; ++row)
            isa.backward(a.q + row * a.d, a.k + item * a.tk * a.d, a.w, ds + row * a.tk, a.tk, a.d, dq + row * a.d, key, weights + item * a.d);
    };
    parallel_blocks(a.batch, std::max(Dim{1}, 8192 / std::max(Dim{1}, a.tq * a.tk * a.d)), [&](Dim begin, Dim end) {
        for (Dim item = begin; item < end; ++item) item_backward(item);
    });
    fill(a.d, 0, dw);
    for (Dim item = 0; item < a.batch; ++item) add_to(a.d, weights + item * a.d, dw);
}

}  // namespace heed::kernel
