#pragma once
// What the ops of arithmetic share: their broadcast operands, and operands that are one number.
// Private to heed; not installed.
#include <utility>
#include <heed/ops/define/elementwise.hpp>
#include <heed/ops/define/higher_order.hpp>

namespace heed {

inline Array combine(const char* op, kernel::Binary f, const In& a, const In& b, Site check = Site::current()) {
    return a.shape() == b.shape()
               ? combine(f, a.value(), b.value())
               : combine(f, a.value(), b.value(), broadcast_shapes(op, a.shape(), b.shape(), b.at, check));
}

// The number behind an operand of rank 0 that wants no gradient, else null. It is kept as a number, not as an array.
// Always inlined, as Node::wants_grad() is: the ops of arithmetic call it first.
[[gnu::always_inline]] inline const Real* number(const In& x) {
    return x.rank() == 0 && !x.wants_grad() ? x.data() : nullptr;
}

inline Array scale(Array x, Real factor) {
    kernel::scale(count(x), factor, x.data());
    return x;
}

inline Var add_number(const char* op, const In& x, Real s) {
    Array y = Array::from_shape(x.shape());
    kernel::map(kernel::Unary::add_scalar, x.data(), y.data(), x.size(), s);
    return differentiable(record(op, {x}, std::move(y), [dx = x.slot()](Array&& dy) { dx.add_grad(std::move(dy)); }),
                          {x}, [](Vars, const Var&, const Var& dy) { return Grads{dy}; });
}

// A backward that takes f(dy, x) to the other operand.
inline auto combined_with(kernel::Binary f, const In& x, Slot other) {
    return [f, x, other = std::move(other)](Array&& dy) {
        combine_into(f, dy, x.value());
        other.add_grad(std::move(dy));
    };
}

}  // namespace heed
