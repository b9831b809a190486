#pragma once
// Adam and AdamW.
#include <optional>
#include <heed/nn/optim/optimizer.hpp>

namespace heed::nn {

struct AdamOptions {
    double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
    // Adam: added to the gradient, 0 unless it is named. AdamW and Muon: taken from the parameter, times lr, 0.01
    // unless it is named.
    std::optional<double> decay = {};
    bool amsgrad = false;        // divide by the largest second moment so far (Reddi, Kale, Kumar, 2018)
    bool decay_vectors = false;  // biases and norms (rank 0 and 1) are not decayed by default
    std::vector<ParamGroup> groups = {};
    // Of tables, update (and decay) the rows that the step's ids named alone: see Optimizer::lazy(). Moments and bias
    // correction of a row then count the steps that touched it; PyTorch's SparseAdam corrects by the parameter's steps.
    bool lazy = false;
};

// Kingma and Ba, 2015. A parameter's bias correction counts its own updates: one that is unfrozen late begins as at
// step 1. It remembers the moments "first" and "second", and with AMSGrad the "largest" second ones; those of a
// checkpoint without them begin at its second ones. Unless it is lazy, rows without a gradient are updated, too: their
// moments decay, and the values follow these.
class HEED_ABI Adam : public ElementwiseOptimizer {
public:
    explicit Adam(const Params& params, const AdamOptions& options = {}, Site at = Site::current());
    void get(const Checkpoint& file) override;

protected:
    enum class Decay { of_gradient, of_parameter };
    Adam(const char* kind, Decay decay, const Params& params, const AdamOptions& options, Site at);

private:
    std::vector<std::string> roles(std::size_t) const override;
    void update_stretch(std::size_t i, Dim begin, Dim end) override;
    AdamOptions options_;
    Decay decay_;
};

// Loshchilov and Hutter, 2019: weight decay apart from the gradient.
class HEED_ABI AdamW : public Adam {
public:
    explicit AdamW(const Params& params, const AdamOptions& options = {}, Site at = Site::current());
};

}  // namespace heed::nn
