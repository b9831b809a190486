#pragma once
// Stochastic gradient descent.
#include <heed/nn/optim/optimizer.hpp>

namespace heed::nn {

struct SGDOptions {
    double lr = 0.1;
    double momentum = 0;
    bool nesterov = false;
    double decay = 0;
    bool decay_vectors = false;
    std::vector<ParamGroup> groups = {};
    bool lazy = false;  // of tables, update (and decay) the rows that the step's ids named alone: see Optimizer::lazy()
};

// v <- momentum v + g; p <- p - lr v (Nesterov: p - lr (g + momentum v)), as in PyTorch. It remembers the "velocity",
// if there is momentum.
class HEED_ABI SGD : public ElementwiseOptimizer {
public:
    explicit SGD(const Params& params, const SGDOptions& options = {}, Site at = Site::current());

private:
    std::vector<std::string> roles(std::size_t) const override;
    void update_stretch(std::size_t i, Dim begin, Dim end) override;
    double momentum_;
    bool nesterov_;
};

}  // namespace heed::nn
