#pragma once
// Steps of the composed path that are ops of their own.
#include <heed/ops/attention_parts.hpp>
#include <heed/ops/kernel/score_table.hpp>

namespace heed {

// masked.cpp: scores (b, h, i, j) with the biases, and -inf where a pair is forbidden; what was there does not matter.
Var with_mask(In scores, std::shared_ptr<const BoundMask> mask);

// dropout.cpp: dropout by a stream that was drawn before.
Var dropout_by(In x, double p, const RandomStream& stream);

// attention_pairwise.cpp: a user's functions on q (b, h, i, d), k (b, h, j, d) and theta (none, (d) or (h, d)), and on finished scores.
struct HEED_ABI UserScore {
    const kernel::ScoreFunctions* functions;
    std::shared_ptr<const void> self;
};
Var pairwise_scores(const UserScore& score, In q, In k, const Var& theta);
Var through_rho(const UserScore& score, In scores);

}  // namespace heed
