#pragma once
// What both paths of attention() share: checked sizes, and the score reduced to one of the two kinds that kernels know.
// Private to heed; not installed.
#include <span>
#include <heed/ops/attention/attention.hpp>
#include <heed/ops/mask/absent.hpp>
#include <heed/ops/mask/bound_mask.hpp>
#include <heed/ops/ops.hpp>

namespace heed {

struct HEED_ABI AttentionSizes {
    Dim batch = 0, heads = 0, groups = 0, tq = 0, tk = 0, dk = 0,
        dv = 0;           // dk: of queries and keys as given; general, concat: of queries
    Dim dkey = 0;         // of keys
    bool packed = false;  // (b, t, h d) in place of (b, h, t, d)
    Shape pairs() const { return {batch, heads, tq, tk}; }
};

// The rows of keys or values that exist.
inline Var first_keys(const Var& x, const AttentionSizes& sizes) {
    return x.dim(-2) == sizes.tk ? x : slice(x, -2, 0, sizes.tk);
}

// Throws ShapeError or RangeError, as attention, unless operands and options fit; the mask is checked by BoundMask.
AttentionSizes check_attention(const In& q, const In& k, const In& v, const AttentionOptions& options);
// The same of a score that reads positions: they are exact up to a number.
void check_positions(const AttentionSizes& sizes, const Score& score, Site at, Site check = Site::current());

// Queries and keys as the kernel takes them: what general, cosine and concat do to them, and the logit scale, are ops
// before it.
struct HEED_ABI ReducedScore {
    Var q, k;         // in the operands' layout
    Var weight = {};  // additive: w; pairwise: theta; (d) or (h, d)
    double scale = 1;
    const kernel::ScoreFunctions* functions = nullptr;  // null: the dot product, as it is
    const void* self = nullptr;
};
const kernel::ScoreFunctions* functions_of(const Score& score);      // of the reduced score
Dim reduced_width(const AttentionSizes& sizes, const Score& score);  // of its queries and keys
// `positions`: where the rows of q and k are in the sequence that the mask is of; empty: from its start on.
ReducedScore reduce_score(const AttentionSizes& sizes, const BoundMask& mask, In q, In k,
                          const AttentionOptions& options, std::span<const Dim> positions = {});

// What all paths take: the results of check_attention and reduce_score.
struct HEED_ABI AttentionCall {
    AttentionSizes sizes;
    ReducedScore score;
    Var v;
    BoundMask mask;
    const AttentionOptions* options = nullptr;
    double dropout = 0;  // 0 where dropout is off
    RandomStream stream;
    Site at;
    std::vector<Var> operands()
        const;                // all that may want a gradient: q, k, v, the score's weight, the sink, the biases
    bool wants_grad() const;  // does any of them?
};
// Draws dropout's random stream, once for any path.
AttentionCall attention_call(const AttentionSizes& sizes, BoundMask mask, ReducedScore score, const In& v,
                             const AttentionOptions& options, Site at);
Var composed_attention(const AttentionCall& call);
Var fused_attention(const AttentionCall& call);

}  // namespace heed
