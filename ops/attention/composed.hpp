#pragma once
// Steps of the composed path that are ops of their own.
// Private to heed; not installed.
#include <heed/ops/attention/parts.hpp>
#include <heed/ops/kernel/attention/score_table.hpp>

namespace heed {

// pairwise.cpp: a user's functions on q (b, h, i, d), k (b, h, j, d) and theta (none, (d) or (h, d)), and on finished
// scores.
struct HEED_ABI UserScore {
    const kernel::ScoreFunctions* functions;
    std::shared_ptr<const void> self;
};
Var pairwise_scores(const UserScore& score, In q, In k, const Var& theta);
Var through_rho(const UserScore& score, In scores);

}  // namespace heed
