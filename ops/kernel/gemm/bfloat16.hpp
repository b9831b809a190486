#pragma once
// Rounding to bfloat16.
#include <heed/core/base/bfloat16.hpp>
#include <heed/core/base/storage.hpp>
#include <heed/core/real.hpp>

namespace heed::kernel {

// The n elements of x, each rounded to bfloat16 (by way of float). Large arrays are shared out to threads.
HEED_ABI Storage<Bfloat16> rounded(const Real* x, Dim n);

}  // namespace heed::kernel
