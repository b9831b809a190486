#pragma once
// Attention without softmax. It is not attention() with another score: it has no row of weights to mask or to inspect.
#include <heed/ops/ops.hpp>

namespace heed {

struct HEED_ABI LinearAttentionOptions {
    bool causal = true;  // query i sees the keys 0 .. i, of as many keys as queries; false: all keys
    Dim chunk = 64;      // causal: positions that are compared pair by pair; earlier chunks enter by their sums alone
    // causal: the sums over the keys so far, (b, h, d, v + 1). If not empty, it is continued from them; replaced by
    // those after these keys.
    Var* state = nullptr;
};

// y_i = sum_j (f(q_i) . f(k_j)) v_j / sum_j f(q_i) . f(k_j) with f(x) = elu(x) + 1 (Katharopoulos et al., 2020): NOT
// softmax attention, and no approximation of it. q (b, h, i, d), k (b, h, j, d), v (b, h, j, v) -> (b, h, i, v) in time
// and memory that grow with the length: nothing has the size i x j. A query whose products are all 0 gives 0. Throws
// ShapeError or RangeError before any work.
Var linear_attention(In q, In k, In v, const LinearAttentionOptions& options = {});

}  // namespace heed
