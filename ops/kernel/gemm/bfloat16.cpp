// Which code multiplies bfloat16, and rounding to it.
#include <heed/core/base/parallel.hpp>
#include <heed/ops/kernel/gemm/bfloat16.hpp>
#include <heed/ops/kernel/gemm/bfloat16_table.hpp>

namespace heed::kernel {

#ifdef HEED_BFLOAT16_ISA
namespace HEED_BFLOAT16_ISA {
void fill(Bfloat16Family& family);
}
#endif

// The chosen set's, or what this machine has beyond it.
const Bfloat16Family& bfloat16_family() {
    static const Bfloat16Family filled = [] {
        Bfloat16Family family;
#ifdef HEED_BFLOAT16_ISA
        if (isa() == Isa::avx512 && __builtin_cpu_supports("avx512bf16")) {
            HEED_BFLOAT16_ISA::fill(family);
            return family;
        }
#endif
        fill_for(isa(), family);
        return family;
    }();
    return filled;
}

Storage<Bfloat16> rounded(const Real* x, Dim n) {
    Storage<Bfloat16> y(static_cast<std::size_t>(n));
    Bfloat16* to = y.data();
    constexpr Dim elements_of_chunk = 1 << 16;  // 10 microseconds
    parallel_blocks(n, elements_of_chunk,
                    [&](Dim begin, Dim end) { bfloat16_family().round(x + begin, to + begin, end - begin); });
    return y;
}

}  // namespace heed::kernel
