#pragma once
// Choosing the next character from its logits.
#include <cstdint>
#include <span>
#include <heed/core/real.hpp>

namespace heed::charlm {

struct SampleOptions {
    double temperature = 0.8;  // logits are divided by it; 0: the likeliest, always
    Dim top_k = 0;             // only the likeliest k (Fan et al., 2018); 0: all
    double top_p = 1;          // of those the likeliest whose probabilities first sum to p (Holtzman et al., 2020)
};

// `uniform` in [0, 1) decides. Among equal logits the first one is the likelier. Throws RangeError for no logits or
// options out of range.
Dim sample(std::span<const Real> logits, const SampleOptions& options, double uniform);

}  // namespace heed::charlm
