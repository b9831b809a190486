// A domain of values that are apart from each other and from zero.
#include <heed/ops/define/case_inputs.hpp>

namespace heed::draw {

double normal(RandomStream stream, std::uint64_t n) { return stream.normal(n); }
double positive(RandomStream stream, std::uint64_t n) { return 0.5 + 2 * stream.uniform(n); }
double probability(RandomStream stream, std::uint64_t n) { return 0.05 + 0.9 * stream.uniform(n); }

// Multiples of 0.1 in a scrambled order (127 is coprime with 512), shifted off zero, with a little noise.
double apart(RandomStream stream, std::uint64_t n) {
    const auto rank = static_cast<double>((n * 127 + stream.bits(0) % 512) % 512);
    return (rank - 255.5) * 0.1 / 8 + 0.002 * (stream.uniform(n + 1) - 0.5);
}

}  // namespace heed::draw
