#pragma once
// Which elements dropout keeps.
// Private to heed; not installed.
#include <heed/core/base/random.hpp>
#include <heed/core/real.hpp>

namespace heed::kernel {

// x = x / (1 - p) where the element is kept, else 0. The elements are those from `first` on of a whole that has the
// stream: its elements 2i and 2i + 1 share one number, the lower and the upper 32 bits, and one is kept if its bits are
// at least p 2^32, rounded. So no mask is stored: the stream is enough to make it again.
void dropout(Real* x, Dim n, Dim first, double p, const RandomStream& stream);

}  // namespace heed::kernel
