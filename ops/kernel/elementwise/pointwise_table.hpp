#pragma once
// What each instruction set provides for pointwise.cpp and broadcast.cpp: loops over n elements, on one thread.
// Private to heed; not installed.
#include <heed/ops/kernel/elementwise/functions.hpp>
#include <heed/ops/kernel/simd/table.hpp>

namespace heed::kernel {

struct HEED_ABI UnaryFamily {
    void (*map[unary_count])(const Real* x, Real* y, Dim n, Real p, Real q);
    void (*backward[unary_count])(const Real* x, const Real* y, const Real* dy, Real* dx, Dim n, Real p, Real q);
};
HEED_KERNEL_FAMILY(UnaryFamily)

struct HEED_ABI BinaryFamily {
    using Loop = void (*)(const Real* a, const Real* b, Real* y, Dim n);
    Loop both[binary_count];      // n elements of a, n of b
    Loop repeat_a[binary_count];  // one of a
    Loop repeat_b[binary_count];  // one of b
    void (*fill)(Dim n, Real value, Real* y);
    void (*scale)(Dim n, Real alpha, Real* y);
    void (*axpy)(Dim n, Real alpha, const Real* x, Real* y);
    void (*mul_add)(Dim n, const Real* a, const Real* b, Real* y);
};
HEED_KERNEL_FAMILY(BinaryFamily)

}  // namespace heed::kernel
