#pragma once
// Scores of additive attention (Bahdanau et al., 2015) for lengths whose (queries, keys) scores fit in memory.
#include <heed/ops/kernel/attention/score_table.hpp>

namespace heed::kernel {

// s[b, i, j] = sum_d w[d] tanh(q[b, i, d] + k[b, j, d]); q (batch, tq, d), k (batch, tk, d), w (d), s (batch, tq, tk).
struct HEED_ABI Additive {
    Dim batch = 0, tq = 0, tk = 0, d = 0;
    const Real* q = nullptr;
    const Real* k = nullptr;
    const Real* w = nullptr;
};

// The score by tiles: s_ij = sum_d theta_d tanh(q_id + k_jd).
const ScoreFunctions& additive_functions();

void additive_scores(const Additive& a, Real* s);

// From ds (batch, tq, tk): dq, dk, dw of the shapes of q, k, w, overwritten. dw sums over the items of the batch in
// order.
void additive_scores_backward(const Additive& a, const Real* ds, Real* dq, Real* dk, Real* dw);

}  // namespace heed::kernel
