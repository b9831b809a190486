#pragma once
// Attention by tiles (Dao et al., 2022; online softmax: Milakov and Gimelshein, 2018). No row of weights is ever whole in memory:
// the forward keeps the log of each row's sum of exponentials, from which the backward and inspection make any weight again.
#include <heed/core/random.hpp>
#include <heed/ops/kernel/attention_rules.hpp>
#include <heed/ops/kernel/score_table.hpp>

namespace heed::kernel {

// Rows of (b, h, t): contiguous numbers each, these many elements apart.
template <class T>
struct HeadsOf {
    T* data = nullptr;
    Dim batch = 0, head = 0, row = 0;
    T* at(Dim b, Dim h, Dim t = 0) const { return data + b * batch + h * head + t * row; }
};

struct HEED_ABI Attention {
    Dim batch = 0, heads = 0, groups = 0, tq = 0, tk = 0, dk = 0, dv = 0;  // heads / groups query heads share a key head
    HeadsOf<const Real> q, k, v;          // (b, heads, tq, dk), (b, groups, tk, dk), (b, groups, tk, dv)
    Real scale = 1;
    Real soft_cap = 0;                    // 0: none
    const Real* sink = nullptr;           // (heads), or null
    const Rules* rules = nullptr;         // never null
    const ScoreFunctions* score = nullptr;  // null: the dot product
    const void* score_self = nullptr;
    HeadsOf<const Real> theta;            // (1, heads, 1) rows of dk, or data == null
    double dropout = 0;                   // element ((b heads + h) tq + i) tk + j of `stream` decides
    RandomStream stream;
};

// out (b, heads, tq, dv) and lse (b, heads, tq): contiguous in the last axis, overwritten.
void attention_forward(const Attention& a, const HeadsOf<Real>& out, Real* lse);

struct HEED_ABI AttentionGradients {
    HeadsOf<const Real> dout, out;        // (b, heads, tq, dv)
    const Real* lse = nullptr;
    HeadsOf<Real> dq, dk, dv;             // overwritten
    Real* dsink = nullptr;                // (heads), overwritten, or null
    Real* dtheta = nullptr;               // (heads, dk), overwritten, or null
    Real* dbias = nullptr;                // (rules->gradient_size()), overwritten, or null
};
void attention_backward(const Attention& a, const AttentionGradients& g);

// The normalised weights of query i of head h of example b, after the mask and before dropout: (tk).
void attention_weights(const Attention& a, const Real* lse, Dim b, Dim h, Dim i, Real* weights);

struct AttentionTiles {
    Dim query_block, key_block;
    Dim forward_bytes, backward_bytes;    // scratch memory of all threads together
};
AttentionTiles attention_tiles(const Attention& a, bool biases_want_gradients);

}  // namespace heed::kernel
