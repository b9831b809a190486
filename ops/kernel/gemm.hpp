#pragma once
// Matrix products with a fused epilogue.
#include <heed/core/real.hpp>

namespace heed::kernel {

enum class Act { none, relu, tanh, sigmoid, gelu, gelu_tanh, silu };

// C = act(alpha op(A) op(B) + bias) + residual, or that added to C. op(A) is (m, k), op(B) is (k, n), C is (m, n), all
// row-major. ta: A is stored as (k, m); tb: B is stored as (n, k). lda, ldb, ldc, ldr: elements from one stored row
// to the next. batch products are done, stride_a, stride_b, stride_c elements apart (0 shares an operand; a residual
// moves with stride_c). C overlaps no operand, but may be the residual.
//
// Every element's sum over k is one chain of fused multiply-adds (multiply, add on sse2) in the order of k, whatever m, n, batch and
// the number of threads: a row of C has the same bits alone and among others. It begins with the bias where alpha is 1, else with 0;
// what is added to C is the finished sum.
struct HEED_ABI Gemm {
    Dim m = 0, n = 0, k = 0;
    const Real* a = nullptr;
    Dim lda = 0;
    bool ta = false;
    const Real* b = nullptr;
    Dim ldb = 0;
    bool tb = false;
    Real* c = nullptr;
    Dim ldc = 0;
    Real alpha = 1;
    bool accumulate = false;
    const Real* bias = nullptr;      // (n), or none
    Act act = Act::none;
    const Real* residual = nullptr;  // (m, n), or none
    Dim ldr = 0;
    Dim batch = 1;
    Dim stride_a = 0, stride_b = 0, stride_c = 0;
};

void gemm(const Gemm& g);

}  // namespace heed::kernel
