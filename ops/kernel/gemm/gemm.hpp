#pragma once
// Matrix products with a fused epilogue.
#include <heed/core/base/bfloat16.hpp>
#include <heed/core/real.hpp>

namespace heed::kernel {

enum class Act { none, relu, tanh, sigmoid, gelu, gelu_tanh, silu };

// One side of a product: Reals, or values rounded to bfloat16.
struct HEED_ABI GemmSide {
    const Real* values = nullptr;
    const Bfloat16* rounded = nullptr;
    GemmSide() = default;
    GemmSide(const Real* x) : values(x) {}
    GemmSide(const Bfloat16* x) : rounded(x) {}
    GemmSide& operator+=(Dim n) {
        if (rounded != nullptr) rounded += n;
        else values += n;
        return *this;
    }
    friend GemmSide operator+(GemmSide side, Dim n) { return side += n; }
};

// C = act(alpha op(A) op(B) + bias) + residual, or that added to C. op(A) is (m, k), op(B) is (k, n), C is (m, n), all
// row-major. ta: A is stored as (k, m); tb: B is stored as (n, k). lda, ldb, ldc, ldr: elements from one stored row
// to the next. batch products are done, stride_a, stride_b, stride_c elements apart (0 shares an operand; a residual
// moves with stride_c). C overlaps no operand, but may be the residual.
//
// Every element's sum over k is made of chains of fused multiply-adds (multiply, add on sse2) in the order of k,
// whatever m, n, batch and the number of threads: a row of C has the same bits alone and among others. A chain ends at
// each multiple of 4,096, and chains are added in a binary tree (chains.hpp). The first begins with the bias where
// alpha is 1, the others with 0; what is added to C is the finished sum. If A is rounded, B is, too, and the result has
// the bits of the product of the same values as Reals; an instruction set that multiplies bfloat16 takes those
// below 1.2e-38, and sums as small, for 0.
struct HEED_ABI Gemm {
    Dim m = 0, n = 0, k = 0;
    GemmSide a = {};
    Dim lda = 0;
    bool ta = false;
    GemmSide b = {};
    Dim ldb = 0;
    bool tb = false;
    bool packed = false;  // b is a PackedB's; ldb and tb are not used (packed.hpp)
    Real* c = nullptr;
    Dim ldc = 0;
    Real alpha = 1;
    bool accumulate = false;
    const Real* bias = nullptr;  // (n), or none
    Act act = Act::none;
    const Real* residual = nullptr;  // (m, n), or none
    Dim ldr = 0;
    Dim batch = 1;
    Dim stride_a = 0, stride_b = 0, stride_c = 0;
};

// A side as it is stored: values, elements from one row to the next, and whether it is read transposed.
struct HEED_ABI GemmMatrix {
    GemmSide side;
    Dim ld;
    bool transposed = false;
};

// What every product sets: op(A) op(B), written to C.
inline Gemm product_of(Dim m, Dim n, Dim k, const GemmMatrix& a, const GemmMatrix& b, Real* c, Dim ldc) {
    Gemm g{.m = m, .n = n, .k = k, .a = a.side, .lda = a.ld, .ta = a.transposed};
    g.b = b.side, g.ldb = b.ld, g.tb = b.transposed;
    g.c = c, g.ldc = ldc;
    return g;
}

void gemm(const Gemm& g);

}  // namespace heed::kernel
