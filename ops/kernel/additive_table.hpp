#pragma once
// What each instruction set provides for additive.cpp.
#include <heed/ops/kernel/score_table.hpp>
#include <heed/ops/kernel/table.hpp>

namespace heed::kernel {

struct HEED_ABI AdditiveFamily {
    ScoreFunctions functions;
};
HEED_KERNEL_FAMILY(AdditiveFamily)

}  // namespace heed::kernel
