#pragma once
// Domains from which the inputs of op cases are drawn.
#include <heed/core/random.hpp>

namespace heed::draw {

using Domain = double (*)(RandomStream stream, std::uint64_t n);  // the n-th number of an input

double normal(RandomStream stream, std::uint64_t n);       // N(0, 1)
double positive(RandomStream stream, std::uint64_t n);     // [0.5, 2.5)
double probability(RandomStream stream, std::uint64_t n);  // (0.05, 0.95)
double apart(RandomStream stream, std::uint64_t n);        // up to 512 numbers in (-3.2, 3.2), 0.01 apart and 0.005 from zero: for kinks and orders

}  // namespace heed::draw
