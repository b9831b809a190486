#pragma once
// An exponential moving average of a model's weights, which often tests better than the weights themselves (Polyak and
// Juditsky, 1992; Tarvainen and Valpola, 2017).
#include <heed/nn/params/params.hpp>

namespace heed::nn {

struct EmaOptions {
    double decay = 0.999;
    bool warm =
        true;  // decay at update n at most (1 + n) / (10 + n), so that a short run forgets its start (as in TensorFlow)
};

// average <- decay average + (1 - decay) weight, for each parameter at each update(); at first the weights as they are.
//     nn::Ema ema(params);
//     ...  adam.step(); ema.update();
//     { nn::Ema::Use averaged(ema); measure(model); }
class HEED_ABI Ema {
public:
    explicit Ema(const Params& params, const EmaOptions& options = {});
    void update();

    // While it is alive, the model's parameters are the averages; then they are what they were. Nothing is copied.
    class HEED_ABI Use {
    public:
        explicit Use(Ema& ema);
        ~Use();
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;

    private:
        Ema& ema_;
    };

    // For checkpoints: the parameters in order, their averages, what these lost by rounding, and the updates done.
    // Throw Error during Use.
    const std::vector<Var>& parameters() const { return parameters_; }
    const std::vector<Array>& averages() const;
    const std::vector<Array>& lost() const { return lost_; }
    Dim updates() const { return updates_; }
    void restore(std::vector<Array> averages, std::vector<Array> lost, Dim updates);

private:
    void swap();
    std::vector<Var> parameters_;
    std::vector<Array> averages_;  // during Use: the weights
    std::vector<Array> lost_;      // by rounding: without it, updates below the last digit of an average would be lost
    EmaOptions options_;
    Dim updates_ = 0;
    bool in_use_ = false;
};

}  // namespace heed::nn
