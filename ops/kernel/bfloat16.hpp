#pragma once
#include <heed/core/bfloat16.hpp>
#include <heed/core/real.hpp>
#include <heed/core/storage.hpp>

namespace heed::kernel {

// The n numbers x, each rounded to bfloat16 (by way of float). Large arrays are shared out to threads.
HEED_ABI Storage<Bfloat16> rounded(const Real* x, Dim n);

}  // namespace heed::kernel
