#pragma once
// Elementwise functions over contiguous arrays of n elements, and over broadcast operands. A result may be one of its
// operands. Large arrays are shared out to threads; an element's bits depend neither on that nor on its position.
#include <heed/core/base/shape.hpp>
#include <heed/core/real.hpp>
#include <heed/ops/kernel/elementwise/functions.hpp>

namespace heed::kernel {

// y = f(x)
void map(Unary f, const Real* x, Real* y, Dim n, Real p = 0, Real q = 0);

// dx = dy f'(x). x may be null unless reads_x(f), y unless reads_y(f).
void map_backward(Unary f, const Real* x, const Real* y, const Real* dy, Real* dx, Dim n, Real p = 0, Real q = 0);

// y = f(a, b)
void binary(Binary f, const Real* a, const Real* b, Real* y, Dim n);

// y = f(a, b) for y of shape `out`, contiguous; stride_a and stride_b hold one stride per axis of `out`, in elements, 0
// where that operand is repeated.
void binary(Binary f, const Shape& out, const Real* a, const Dim* stride_a, const Real* b, const Dim* stride_b,
            Real* y);

void fill(Dim n, Real value, Real* y);
void scale(Dim n, Real alpha, Real* y);                      // y *= alpha
void axpy(Dim n, Real alpha, const Real* x, Real* y);        // y += alpha x
void add_to(Dim n, const Real* x, Real* y);                  // y += x
void mul_add(Dim n, const Real* a, const Real* b, Real* y);  // y += a b

}  // namespace heed::kernel
