#pragma once
// Two layers, and batches that are a function of their number: what the tests of training train.
#include <heed/nn/layers/layers.hpp>
#include <heed/tests/tools.hpp>

namespace heed::test {

struct HEED_ABI SmallNetwork {
    nn::Params params{5};
    nn::Linear first, second;
    explicit SmallNetwork(Dim width) : first(params / "first", 3, width), second(params / "second", width, 1) {}
    static Array batch(Dim n) { return normals({8, 3}, RandomStream(Key{1, static_cast<std::uint64_t>(n)}, 2)); }
};

}  // namespace heed::test
