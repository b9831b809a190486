#pragma once
// Masked elements have no effect: they must not be multiplied, not even by 0, since 0 times NaN is NaN.
#include <heed/ops/define/mask.hpp>

namespace heed {

bool finite(const Array& x);  // every element

// x (b, t, ...) with zeros behind the ends of its sequences; what stands there does not matter, forward or backward.
// lengths (b).
Var within(In x, const Ints& lengths);

// Keys x (b, t, d), which as they are may hold a NaN or an Inf where the mask hides them from every query: zeros are
// there then. Only lengths(), keep() and drop() count here; a mask that does not fit is left to attention(). x may be a
// stretch of the sequence that the mask is of, which begins at `first`.
Var without_hidden(In x, const Mask& mask, Dim first = 0);

}  // namespace heed
