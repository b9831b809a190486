#pragma once
// Lion.
#include <heed/nn/optim/optimizer.hpp>

namespace heed::nn {

struct LionOptions {
    double lr = 1e-4;  // 3 to 10 times less than AdamW's, as the authors advise, and decay as much larger
    double beta1 = 0.9, beta2 = 0.99;
    double decay = 0;  // taken from the parameter, times lr
    bool decay_vectors = false;
    std::vector<ParamGroup> groups = {};
};

// Chen et al., "Symbolic Discovery of Optimization Algorithms", 2023: p <- p - lr (sign(beta1 m + (1 - beta1) g) +
// decay p), then m <- beta2 m + (1 - beta2) g. All elements step equally far. It remembers the "momentum" m.
class HEED_ABI Lion : public ElementwiseOptimizer {
public:
    explicit Lion(const Params& params, const LionOptions& options = {}, Site at = Site::current());

private:
    std::vector<std::string> roles(std::size_t) const override { return {"momentum"}; }
    void update_stretch(std::size_t i, Dim begin, Dim end) override;
    double beta1_, beta2_;
};

}  // namespace heed::nn
