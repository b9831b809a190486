#pragma once
// The scalar types of one binary. The same sources are compiled twice: with float for users, and with double
// (HEED_DOUBLE) for gradient checks. HEED_ABI goes on every public class that depends on Real, so that both
// libraries link into one program and a value of one cannot be passed to the other.
#include <heed/core/base/dim.hpp>

namespace heed {

#ifdef HEED_DOUBLE
using Real = double;
#define HEED_TAG "f64"
#else
using Real = float;
#define HEED_TAG "f32"
#endif
#define HEED_ABI [[gnu::abi_tag(HEED_TAG)]]

}  // namespace heed
