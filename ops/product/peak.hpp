#pragma once
// The peak rate of multiply-adds on this machine.
#include <heed/core/real.hpp>

namespace heed {

// FLOP/s of multiply-adds (two each) on threads() threads together, by the instruction set in use: what no matrix
// product can exceed. Measured anew in each call, which takes some hundredths of a second; other programs on the
// machine lower it.
HEED_ABI double measure_peak();

}  // namespace heed
