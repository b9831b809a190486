#pragma once
// What the ops that multiply matrices share.
// Private to heed; not installed.
#include <optional>
#include <heed/ops/define/bfloat16_products.hpp>
#include <heed/ops/kernel/gemm/bfloat16.hpp>
#include <heed/ops/kernel/gemm/gemm.hpp>

namespace heed {

// One side of a product, for its backward, too: the operand, or only its values rounded to bfloat16, so that its memory
// may be freed.
class HEED_ABI Factor {
public:
    explicit Factor(const In& x) : shape_(x.shape()) {
        if (Bfloat16Products::on()) rounded_ = Bfloat16Products::rounded(x);
        else value_.emplace(x);
    }
    // Of a gradient that is multiplied with `other`.
    Factor(const Array& dy, const Factor& other) : shape_(dy.shape()) {
        if (other.is_rounded()) rounded_ = kernel::rounded(dy.storage().data(), count(dy));
        else gradient_ = dy.storage();
    }

    const Shape& shape() const { return shape_; }
    bool is_rounded() const { return !value_ && !gradient_; }
    kernel::GemmSide side() const {
        if (value_) return value_->data();
        if (gradient_) return gradient_.data();
        return rounded_.data();
    }

private:
    Shape shape_;
    std::optional<In> value_;
    Storage<Real> gradient_;
    Storage<Bfloat16> rounded_;
};

}  // namespace heed
