#pragma once
// Layers of PyTorch that have more than heed's.
// Private to heed; not installed.
#include <string>
#include <string_view>
#include <heed/core/real.hpp>

namespace heed::nn {

// What a PyTorch layer has that heed's lacks, and what to do, where a tensor's name shows it; else empty.
HEED_ABI std::string lacking(std::string_view name);

// Whether it is the number of batches of a PyTorch BatchNorm, which heed's does not count.
HEED_ABI bool is_batch_count(std::string_view name);

}  // namespace heed::nn
