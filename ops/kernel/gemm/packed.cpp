// Packing of a right side that many products share.
#include <algorithm>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/kernel/gemm/gemm_table.hpp>
#include <heed/ops/kernel/gemm/packed.hpp>
#include <heed/ops/kernel/gemm/split.hpp>

namespace heed::kernel {

PackedB::PackedB(Dim k, Dim n, const GemmMatrix& b) : k_(k), n_(n) {
    const GemmFamily& isa = table<GemmFamily>();
    values_.resize(static_cast<std::size_t>(k * ceil_div(n, isa.lanes) * isa.lanes));
    Real* const values = values_.data();
    const Split panels = panels_of(n, isa.lanes, isa.vectors);
    parallel_for(panels.parts, [&](Dim p) {
        const Dim j0 = panels.begin(p) * isa.lanes, width = panels.length(p) * isa.lanes,
                  cols = std::min(width, n - j0);
        const Real* from = b.side.values + (b.transposed ? j0 * b.ld : j0);
        (b.transposed ? isa.pack_transposed : isa.pack)(from, b.ld, k, cols, values + k * j0, width);
    });
}

}  // namespace heed::kernel
