#pragma once
// Optimisers. step() applies the gradients and clears them: there is no zero_grad. Calling backward() several times before a
// step accumulates. Parameters without a gradient stay as they are; if none has one, step() says so.
#include <optional>
#include <heed/nn/params.hpp>

namespace heed::nn {

// Parameters below `prefix` (a path, or "" for all) take their own factors; the longest prefix counts.
struct ParamGroup {
    std::string prefix = "";
    double lr_scale = 1;
    double decay_scale = 1;
};

// What an optimiser remembers of one parameter.
struct HEED_ABI Moments {
    Array first, second;
    Dim updates = 0;  // of this parameter: what bias correction counts
};

struct AdamOptions {
    double lr = 1e-3;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    // Adam: added to the gradient, 0 unless it is named. AdamW and Muon: taken from the parameter, times lr, 0.01 unless it is named.
    std::optional<double> decay = {};
    bool decay_vectors = false;       // biases and norms (rank 0 and 1) are not decayed by default
    std::vector<ParamGroup> groups = {};
};

// Kingma and Ba, 2015. A parameter's bias correction counts its own updates: one that is unfrozen late begins as at step 1.
class HEED_ABI Adam {
public:
    explicit Adam(Params params, const AdamOptions& options = {}, Site at = Site::current()) : Adam(std::move(params), options, false, at) {}
    virtual ~Adam() = default;
    void step();
    void set_lr(double lr, Site at = Site::current());
    double lr() const { return options_.lr; }

    // For checkpoints: the parameters in order, their moments (of another shape than the parameter until the first step), and the steps done.
    const std::vector<Var>& parameters() const { return parameters_; }
    std::vector<Moments>& moments() { return moments_; }
    virtual bool keeps_second(std::size_t) const { return true; }  // whether the i-th has a second moment
    Dim steps() const { return steps_; }
    void set_steps(Dim steps, Site at = Site::current());

protected:
    Adam(Params params, const AdamOptions& options, bool decoupled, Site at);
    virtual void update(std::size_t i);  // the i-th parameter, by its gradient
    double lr_of(std::size_t i) const { return options_.lr * group_[i].lr_scale; }
    double decay_of(std::size_t i) const { return *options_.decay * group_[i].decay_scale; }

private:
    std::vector<Var> parameters_;
    std::vector<Moments> moments_;
    std::vector<ParamGroup> group_;  // of each parameter
    AdamOptions options_;
    bool decoupled_;
    Dim steps_ = 0;
};

// Loshchilov and Hutter, 2019: weight decay apart from the gradient.
class HEED_ABI AdamW : public Adam {
public:
    explicit AdamW(Params params, const AdamOptions& options = {}, Site at = Site::current()) : Adam(std::move(params), options, true, at) {}
};

struct SGDOptions {
    double lr = 0.1;
    double momentum = 0;
    bool nesterov = false;
    double decay = 0;
    bool decay_vectors = false;
    std::vector<ParamGroup> groups = {};
};

// v <- momentum v + g; p <- p - lr v (Nesterov: p - lr (g + momentum v)), as in PyTorch.
class HEED_ABI SGD {
public:
    explicit SGD(Params params, const SGDOptions& options = {}, Site at = Site::current());
    void step();
    void set_lr(double lr, Site at = Site::current());
    double lr() const { return options_.lr; }

private:
    std::vector<Var> parameters_;
    std::vector<std::optional<Array>> velocity_;
    std::vector<ParamGroup> group_;
    SGDOptions options_;
};

// Scales all gradients so that their common Euclidean norm is at most `most`; returns the norm before. A norm that is not
// finite is returned and nothing is scaled. The scale is most / norm: PyTorch's clip_grad_norm_ divides by norm + 1e-6,
// which guards against a norm of 0 that is never scaled here. Throws RangeError for a negative norm or a NaN.
double clip_gradients(const Params& params, double most, Site at = Site::current());

}  // namespace heed::nn
