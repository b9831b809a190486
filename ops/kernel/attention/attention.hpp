#pragma once
// Attention by tiles (Dao et al., 2022; online softmax: Milakov and Gimelshein, 2018). No row of weights is ever whole
// in memory: the forward keeps each row's largest score and the sum of its exponentials, from which the backward and
// inspection make any weight again. They are kept apart: the log-sum, in one value, would have a last bit of 0.008 at
// scores of 1e5.
#include <heed/core/base/function_ref.hpp>
#include <heed/core/base/random.hpp>
#include <heed/ops/kernel/attention/pair_mask.hpp>
#include <heed/ops/kernel/attention/score_table.hpp>

namespace heed::kernel {

// Rows of (b, h, t): each is contiguous, and they are these many elements apart.
template <class T>
struct HeadsOf {
    T* data = nullptr;
    Dim batch = 0, head = 0, row = 0;
    T* at(Dim b, Dim h, Dim t = 0) const { return data + b * batch + h * head + t * row; }
};

struct HEED_ABI Attention {
    Dim batch = 0, heads = 0, groups = 0, tq = 0, tk = 0, dk = 0,
        dv = 0;                                  // heads / groups query heads share a key head
    HeadsOf<const Real> q = {}, k = {}, v = {};  // (b, heads, tq, dk), (b, groups, tk, dk), (b, groups, tk, dv)
    // Where they begin in the sequences that the mask, the score's positions and dropout are about, which may be
    // longer; first_key is a multiple of the key block.
    Dim first_query = 0, first_key = 0;
    Real scale = 1;
    Real soft_cap = 0;                      // 0: none
    const Real* sink = nullptr;             // (heads), or null
    const PairMask* mask = nullptr;         // never null
    const ScoreFunctions* score = nullptr;  // null: the dot product
    const void* score_self = nullptr;
    const Real* prepared_keys = nullptr;  // what prepare_keys() makes of k, or null
    HeadsOf<const Real> theta = {};       // (1, heads, 1) rows of dk, or data == null
    double dropout = 0;  // element ((b heads + h) tq + i) tk + j of `stream` decides, of the mask's sizes
    RandomStream stream = {};
};

// The keys of all blocks as a score with prepare() takes them, for several calls with the same keys: prepared_size(a)
// elements.
Dim prepared_size(const Attention& a);
void prepare_keys(const Attention& a, Real* to);

// Of each row, (b, heads, tq): its largest score and the sum of e^(score - max), the sink among them; -inf and 0
// without a key.
template <class T>
struct RowSums {
    T *max = nullptr, *sum = nullptr;
};

// out (b, heads, tq, dv), contiguous in the last axis, and sums: overwritten.
void attention_forward(const Attention& a, const HeadsOf<Real>& out, RowSums<Real> sums);

// What some of the keys give all queries: with the weights e^(score - max) the sum of the values, (b, heads, tq, dv)
// contiguous, and the sums of rows, without the sink. A query that sees none of them has zeros and -inf, 0.
struct HEED_ABI AttentionPart {
    Real* values;
    RowSums<Real> sums;
};
void attention_part(const Attention& a, const AttentionPart& to);
// `to` becomes what both keys give to `rows` rows of `width` values; the keys of `more` are later ones. Where each part
// is of a subtree of key blocks, and they are merged as the tree joins them, the finished whole has the bits of
// attention_forward().
void merge_parts(Dim rows, Dim width, const AttentionPart& to, const AttentionPart& more);
// attention_forward() from what all keys give.
void finish_parts(const Attention& a, const AttentionPart& all, const HeadsOf<Real>& out, RowSums<Real> sums);

struct HEED_ABI AttentionGradients {
    HeadsOf<const Real> dout = {}, out = {};  // (b, heads, tq, dv)
    RowSums<const Real> sums = {};            // as the forward wrote them
    HeadsOf<Real> dq = {}, dk = {}, dv = {};  // overwritten
    bool add_dk = false, add_dv = false;      // those are added to instead
    Real* dsink = nullptr;                    // (heads), overwritten, or null
    Real* dtheta = nullptr;                   // (heads, dk), overwritten, or null
    double* dbias = nullptr;                  // (mask->gradient_size()), overwritten, or null
};
void attention_backward(const Attention& a, const AttentionGradients& g);

// Inspection: the weights of some queries, after the mask and before dropout, a tile at a time.
// Queries i0 .. i0 + rows - 1 of head h of example b: weights (rows, ld) of the keys j0 .. j0 + keys - 1; those that no
// tile shows are 0.
struct HEED_ABI WeightTile {
    Dim b, h, i0, rows, j0, keys;
    const Real* weights;
    Dim ld;
};
// Heads and examples may be visited by several threads at once, the tiles of one of them in the order of keys.
void attention_weights(const Attention& a, RowSums<const Real> sums, const std::vector<Dim>& queries,
                       FunctionRef<void(const WeightTile&)> visit);

// What the kernel will do: the tiles, and the scratch memory of all threads together, in bytes.
struct AttentionPlan {
    Dim query_block, key_block;
    std::size_t scratch;
};
AttentionPlan plan_forward(const Attention& a);
AttentionPlan plan_backward(const Attention& a, bool theta_wants_gradient);

}  // namespace heed::kernel
