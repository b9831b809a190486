#pragma once
// An array as slices along one axis, for ops that go along it.
// Private to heed; not installed.
#include <heed/core/base/shape.hpp>

namespace heed {

// x around one axis: (outer, n, inner).
struct Slices {
    Dim outer = 1, n = 1, inner = 1;
    Slices(const Shape& shape, std::size_t axis) : n(shape[axis]) {
        for (std::size_t i = 0; i < axis; ++i) outer *= shape[i];
        for (std::size_t i = axis + 1; i < shape.size(); ++i) inner *= shape[i];
    }
};

}  // namespace heed
