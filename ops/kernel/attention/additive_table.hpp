#pragma once
// What each instruction set provides for additive.cpp.
// Private to heed; not installed.
#include <heed/ops/kernel/attention/score_table.hpp>
#include <heed/ops/kernel/simd/table.hpp>

namespace heed::kernel {

struct HEED_ABI AdditiveFamily {
    ScoreFunctions functions;
};
HEED_KERNEL_FAMILY(AdditiveFamily)

}  // namespace heed::kernel
