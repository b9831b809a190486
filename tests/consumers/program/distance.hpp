#pragma once
#include <heed/ops/attention/score.hpp>

struct Distance {  // for heed_add_score
    using compiled_for_all = heed::score::Pair;
    float sharpness;
    template <class Q, class K>
    auto operator()(Q q, K k) const {
        return -sharpness * (q - k) * (q - k);
    }
};
