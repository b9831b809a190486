#pragma once
// RMSprop.
#include <heed/nn/optim/optimizer.hpp>

namespace heed::nn {

struct RMSpropOptions {
    double lr = 0.01, alpha = 0.99, epsilon = 1e-8;
    double momentum = 0;
    bool centered = false;  // divide by the standard deviation of the gradients (Graves, 2013)
    double decay = 0;       // added to the gradient
    bool decay_vectors = false;
    std::vector<ParamGroup> groups = {};
};

// Tieleman and Hinton, 2012, in PyTorch's form: s <- alpha s + (1 - alpha) g^2; v <- momentum v + g / (sqrt(s) +
// epsilon); p <- p - lr v. Centered: s less the square of the mean gradient, which is averaged in the same way. It
// remembers the "square", the "mean" if centered, and the "velocity" if there is momentum.
class HEED_ABI RMSprop : public ElementwiseOptimizer {
public:
    explicit RMSprop(const Params& params, const RMSpropOptions& options = {}, Site at = Site::current());

private:
    std::vector<std::string> roles(std::size_t) const override;
    void update_stretch(std::size_t i, Dim begin, Dim end) override;
    RMSpropOptions options_;
};

}  // namespace heed::nn
