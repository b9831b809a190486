#pragma once
// The right side of many products, laid out once as their tiles read it.
#include <heed/core/base/storage.hpp>
#include <heed/ops/kernel/gemm/gemm.hpp>

namespace heed::kernel {

// op(B), (k, n), for isa(): a copy, which does not see later changes of B. A product with it has the bits of the
// product with B.
class HEED_ABI PackedB {
public:
    PackedB(Dim k, Dim n, const GemmMatrix& b);
    Dim k() const { return k_; }
    Dim n() const { return n_; }
    const Real* values() const { return values_.data(); }

private:
    Dim k_, n_;
    Storage<Real> values_;  // panels of columns, each (k, its width), the last one's columns filled up with 0
};

// As above, op(A) being (m, k).
inline Gemm product_of(Dim m, const GemmMatrix& a, const PackedB& b, Real* c, Dim ldc) {
    Gemm g = product_of(m, b.n(), b.k(), a, {b.values(), 0}, c, ldc);
    g.packed = true;
    return g;
}

}  // namespace heed::kernel
