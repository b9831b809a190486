#pragma once
// Muon: for the matrices of hidden layers, steps of equal size in every direction; AdamW for all other parameters.
#include <heed/nn/optim/adam.hpp>

namespace heed::nn {

struct MuonOptions {
    AdamOptions adam = {};  // AdamW's; lr, decay and groups are the matrices', too
    double momentum = 0.95;
    double rms = 0.2;  // root mean square of a matrix's step where lr is 1; Adam's steps have 0.2 to 0.4
    std::vector<std::string> but =
        {};  // paths of what AdamW takes, matrix or not: embeddings, and the layer that scores classes
};

// A matrix steps by lr rms sqrt(max(rows, columns)) O. O has the singular vectors of its momentum (Nesterov's) and
// singular values near 1, by five steps of a Newton-Schulz iteration: Jordan et al., "Muon: an optimizer for hidden
// layers in neural networks", 2024; the factor is that of Liu et al., "Muon is scalable for LLM training", 2025. A step
// does 10 to 15 rows columns min(rows, columns) multiply-adds more than AdamW's, whatever the batch. Throws Error where
// a path of `but` holds no parameter, RangeError for options outside their range. It remembers the momentum "first" of
// a matrix, and of what AdamW takes what AdamW remembers.
class HEED_ABI Muon : public Optimizer {
public:
    explicit Muon(const Params& params, const MuonOptions& options = {}, Site at = Site::current());
    bool updates_stretches(std::size_t i) const override { return !matrix_[i]; }
    void get(const Checkpoint& file) override;

private:
    std::vector<std::string> roles(std::size_t i) const override;
    void update(std::size_t i) override;
    void update_stretch(std::size_t i, Dim begin, Dim end) override;

    AdamOptions adam_;
    double momentum_, rms_;
    std::vector<bool> matrix_;  // of each parameter
};

}  // namespace heed::nn
