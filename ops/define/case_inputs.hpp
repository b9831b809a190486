#pragma once
// Domains from which the inputs of op cases are drawn.
#include <heed/core/base/random.hpp>
#include <heed/core/real.hpp>

namespace heed::draw {

using Domain = double (*)(RandomStream stream, std::uint64_t n);  // the n-th element of an input

HEED_ABI double normal(RandomStream stream, std::uint64_t n);       // N(0, 1)
HEED_ABI double positive(RandomStream stream, std::uint64_t n);     // [0.5, 2.5)
HEED_ABI double probability(RandomStream stream, std::uint64_t n);  // (0.05, 0.95)
// Up to 512 values in (-3.2, 3.2), 0.01 apart and 0.005 from zero: for kinks and orders.
HEED_ABI double apart(RandomStream stream, std::uint64_t n);

}  // namespace heed::draw
