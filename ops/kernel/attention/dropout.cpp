// Dropout of consecutive elements.
#include <cmath>
#include <heed/ops/kernel/attention/attention_table.hpp>
#include <heed/ops/kernel/attention/dropout.hpp>

namespace heed::kernel {

void dropout(Real* x, Dim n, Dim first, double p, const RandomStream& stream) {
    const auto threshold = static_cast<std::uint64_t>(std::llround(p * 0x1p32));
    const Real scale = p < 1 ? static_cast<Real>(1 / (1 - p)) : Real(0);
    table<AttentionFamily>().dropout(x, n, {stream.base(), static_cast<std::uint64_t>(first), threshold, scale});
}

}  // namespace heed::kernel
