#pragma once
// Operands of one matrix product, and a check of its result.
#include <heed/ops/kernel/gemm/gemm.hpp>
#include <heed/tests/kernel_data.hpp>

namespace heed::test {

using kernel::Gemm;

// Operands of one product with padded rows, so that a wrong leading dimension shows.
struct HEED_ABI Operands {
    Gemm g;
    Reals a, b, c, bias, residual;

    Operands(Dim m, Dim n, Dim k, bool ta, bool tb, Dim batch = 1) {
        const Dim lda = (ta ? m : k) + 3, ldb = (tb ? k : n) + 1, ldc = n + 2;
        const Dim sa = lda * (ta ? k : m), sb = ldb * (tb ? n : k), sc = ldc * m + 1;
        a = draw(batch * sa + 1, -1, 1, 1);
        b = draw(batch * sb + 1, -1, 1, 2);
        c = draw(batch * sc + 1, -1, 1, 3);
        bias = draw(n, -1, 1, 4);
        residual = draw(batch * sc + 1, -1, 1, 5);
        g = kernel::product_of(m, n, k, {a.data(), lda, ta}, {b.data(), ldb, tb}, c.data(), ldc);
        g.ldr = ldc;
        g.batch = batch;
        g.stride_a = sa, g.stride_b = sb, g.stride_c = sc;
    }

    Exact sum(Dim item, Dim i, Dim j) const {
        Exact s = 0;
        for (Dim p = 0; p < g.k; ++p)
            s += Exact(a[at(item * g.stride_a + (g.ta ? p * g.lda + i : i * g.lda + p))]) *
                 b[at(item * g.stride_b + (g.tb ? j * g.ldb + p : p * g.ldb + j))];
        return s;
    }

    // Runs the product; true if every element of C equals `wanted(item, i, j, old)` and the padding is untouched.
    template <class Wanted>
    bool right(Wanted&& wanted) {
        const Reals old = c;
        kernel::gemm(g);
        const Exact allowed = 4 * unit * static_cast<Exact>(g.k + 4);
        for (Dim at_c = 0; at_c < static_cast<Dim>(c.size()); ++at_c) {
            const Dim item = at_c / g.stride_c, i = at_c % g.stride_c / g.ldc, j = at_c % g.stride_c % g.ldc;
            if (item >= g.batch || i >= g.m || j >= g.n) {
                if (c[at(at_c)] != old[at(at_c)]) return false;
            } else if (!(std::abs(c[at(at_c)] - wanted(item, i, j, Exact(old[at(at_c)]))) <= allowed)) {
                return false;
            }
        }
        return true;
    }
};

}  // namespace heed::test
