// Elementwise functions of two broadcast arrays by the kernels.
#include <heed/ops/define/elementwise.hpp>

namespace heed {

using kernel::Binary;

Array combine(Binary f, const Array& a, const Array& b) {
    Array y = array_over(Storage<Real>(a.storage().size()),
                         a.shape());  // from_shape() makes a scalar first: 1 ns of 60 of a small op
    kernel::binary(f, a.storage().data(), b.storage().data(), y.data(), count(y));
    return y;
}

Array combine(Binary f, const Array& a, const Array& b, const Shape& shape) {
    if (a.shape() == b.shape()) return combine(f, a, b);
    const Shape step_a = broadcast_strides(a, shape), step_b = broadcast_strides(b, shape);
    Array y = Array::from_shape(shape);
    kernel::binary(f, shape, a.storage().data(), step_a.data(), b.storage().data(), step_b.data(), y.data());
    return y;
}

void combine_into(Binary f, Array& a, const Array& b) {
    Real* pa = a.data();
    const Real* pb = b.storage().data();
    if (a.shape() == b.shape()) kernel::binary(f, pa, pb, pa, count(a));
    else
        kernel::binary(f, a.shape(), pa, broadcast_strides(a, a.shape()).data(), pb,
                       broadcast_strides(b, a.shape()).data(), pa);
}

}  // namespace heed
