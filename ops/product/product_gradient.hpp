#pragma once
// Gradients that are products of matrices, made or added to in place, or sums of rows: for matmul, linear and
// linear_cross_entropy.
// Private to heed; not installed.
#include <heed/ops/define/in_place.hpp>
#include <heed/ops/kernel/rows/rows.hpp>
#include <heed/ops/product/factor.hpp>

namespace heed {

// Adds the product to a gradient, whatever its C is. `dy` is what the product is of.
inline void add_product(const Slot& d, kernel::Gemm g, const Array& dy) {
    add_grad_in_place(d, d.shape(), dy, [&g](Real* gradient, bool add) {
        g.c = gradient;
        g.accumulate = add;
        kernel::gemm(g);
    });
}

// Adds x^T dy, summed over all rows, to the gradient of a matrix that every row was multiplied with.
inline void add_product_of_rows(const Slot& dw, const Factor& x, const Array& dy, const Factor& dy_factor) {
    const Dim k = dw.shape()[0], n = dw.shape()[1];
    const Dim rows = k ? x.shape().count() / k : 0;
    add_product(dw, kernel::product_of(k, n, rows, {x.side(), k, true}, {dy_factor.side(), n}, nullptr, n), dy);
}

// The sum of rows (rows, n): the gradient of a bias.
inline Array sum_of_rows(const Real* x, Dim rows, Dim n) {
    Array sums = Array::from_shape({n});
    kernel::reduce(kernel::Reduce::sum, x, 1, rows, n, sums.data());
    return sums;
}

}  // namespace heed
