#pragma once
// What the multiply-add units can do: the inner loop of products alone, its operands in the first-level cache and its
// sums long.
// Private to heed; not installed.
#include <algorithm>
#include <heed/ops/kernel/gemm/gemm_table.hpp>
#include <heed/ops/kernel/simd/workspace.hpp>

namespace heed::kernel {

class HEED_ABI Peak {
public:
    Peak() : a_(memory_.get((rows_ + width_) * k + rows_ * width_)), b_(a_ + rows_ * k), c_(b_ + width_ * k) {
        std::fill_n(a_, (rows_ + width_) * k, Real(0.5));
    }
    void operator()() { isa_.tile[rows_][isa_.vectors]({a_, k, 1, b_, width_, k, nullptr, 0, c_, width_}); }
    double flops() const { return 2.0 * static_cast<double>(rows_ * width_ * k); }

private:
    static constexpr Dim k = 96;
    const GemmFamily& isa_ = table<GemmFamily>();
    Dim rows_ = isa_.rows[isa_.vectors], width_ = isa_.vectors * isa_.lanes;
    Workspace memory_;
    Real *a_, *b_, *c_;
};

}  // namespace heed::kernel
