#pragma once
// What each instruction set provides for bags.cpp, on one thread.
// Private to heed; not installed.
#include <heed/ops/kernel/rows/bags.hpp>
#include <heed/ops/kernel/simd/table.hpp>

namespace heed::kernel {

// `count` rows of `from` (..., width): rows ids[k], times weights[k], but for those with the id `padding`.
struct HEED_ABI WeightedRows {
    const Real* from;
    const std::int64_t* ids;
    const Real* weights;
    Dim count, width;
    std::int64_t padding;
};

struct HEED_ABI BagsFamily {
    // y (n) += columns first .. first + n - 1 of the rows, one row after the other.
    void (*add)(const WeightedRows& rows, Dim first, Dim n, Real* y);
    Real (*dot)(const Real* a, const Real* b, Dim n);
};
HEED_KERNEL_FAMILY(BagsFamily)

}  // namespace heed::kernel
