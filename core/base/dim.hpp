#pragma once
// What sizes, indices and axes are counted in.
#include <cstdint>

namespace heed {

using Dim = std::int64_t;

}  // namespace heed
