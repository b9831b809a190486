// Adam's update, shared out to threads.
#include <heed/core/base/parallel.hpp>
#include <heed/ops/kernel/fused/adam.hpp>
#include <heed/ops/kernel/fused/fused_table.hpp>

namespace heed::kernel {

void adam(const AdamStep& step, const Real* g, Real* p, Real* m, Real* v, Real* largest, Dim n) {
    const AdamFamily& isa = table<AdamFamily>();
    parallel_blocks(n, 16384, [&](Dim begin, Dim end) {
        isa.update(step, g + begin, p + begin, m + begin, v + begin, largest ? largest + begin : nullptr, end - begin);
    });
}

}  // namespace heed::kernel
