#pragma once
// Scores that the tests compile for every instruction set, as heed_add_score() asks.
#include <heed/ops/attention/score.hpp>

namespace heed::test {

struct HEED_ABI WeightedL1 {
    using compiled_for_all = score::PairWithTheta;
    float sign;
    template <class Q, class K, class W>
    auto operator()(Q q, K k, W w) const {
        return sign * w * abs(q - k);
    }
};

struct HEED_ABI Alibi {
    using compiled_for_all = score::Finished;
    float slope;
    template <class S, class I>
    auto operator()(S s, I b, I h, I i, I j) const {
        return s * s - slope * (h + 1) * abs(i - j) + b;
    }
};

}  // namespace heed::test
