#pragma once
// What a normalisation's backward adds up, for the *_isa.cpp files: g, the gradients by normalised values h, and g h.
// Private to heed; not installed.
#include <heed/ops/kernel/simd/vector.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

struct GradientSums {
    V g, gh;
    void operator+=(const GradientSums& other) {
        g = g + other.g;
        gh = gh + other.gh;
    }
};

}  // namespace
}  // namespace heed::kernel::HEED_ISA_NS
