#pragma once
// The parts that the examples of a training step are cut into.
#include <heed/core/base/dim.hpp>

namespace heed::data {

// Part number `index` of `count`. Parts are neighbours, and as even as they go: where there are fewer examples than
// parts, some are empty.
struct Shard {
    Dim index = 0, count = 1;

    // Of n examples, this part has [begin(n), end(n)).
    constexpr Dim begin(Dim n) const { return n / count * index + n % count * index / count; }
    constexpr Dim end(Dim n) const { return Shard{index + 1, count}.begin(n); }
};

}  // namespace heed::data
