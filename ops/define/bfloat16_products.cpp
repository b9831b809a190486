// The operands of Bfloat16Products, rounded once for several products.
#include <heed/ops/define/bfloat16_products.hpp>
#include <heed/ops/kernel/gemm/bfloat16.hpp>

namespace heed {

Storage<Bfloat16> Bfloat16Products::rounded(const In& x) {
    const auto round = [&x] { return kernel::rounded(x.data(), x.size()); };
    if (x.node().leaf) return round();
    Bfloat16Products& scope = *innermost();
    if (!scope.last_.defined() || &scope.last_.node() != &x.node() || scope.version_ != x.node().version) {
        scope.values_ = round();
        scope.last_ = x.var();
        scope.version_ = x.node().version;
    }
    return scope.values_;
}

}  // namespace heed
