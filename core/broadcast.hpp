#pragma once
// Summing a gradient back over the axes along which its value was broadcast.
#include <heed/core/array.hpp>

namespace heed {

// The sum of `x` over the axes that broadcasting added to or stretched from `shape`, in a fixed order.
// x's shape must be what `shape` broadcasts to; throws ShapeError otherwise.
Array sum_to(const Array& x, const Shape& shape);

// into += x, elementwise; both have the same number of elements.
void add_to(Storage<Real>& into, const Storage<Real>& x);

}  // namespace heed
