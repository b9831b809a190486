#pragma once
// What losses share.
// Private to heed; not installed.
#include <string>
#include <heed/ops/define/op.hpp>
#include <heed/ops/kernel/elementwise/pointwise.hpp>

namespace heed {

// The backward of a loss whose derivatives are known already: `derivatives` times the scalar dy. Shares their memory if
// that is 1.
inline Array scaled(const Array& derivatives, const Array& dy) {
    const Real by = *dy.storage().data();
    if (by == 1) return derivatives;
    Array d = Array::from_shape(derivatives.shape());
    kernel::map(kernel::Unary::mul_scalar, derivatives.storage().data(), d.data(), count(d), by);
    return d;
}

inline std::string index_text(Dim flat, const Shape& shape) {  // "(3, 2)"
    Shape index(shape.size());
    for (std::size_t axis = shape.size(); axis-- > 0; flat /= shape[axis]) index[axis] = flat % shape[axis];
    return to_string(index);
}

}  // namespace heed
