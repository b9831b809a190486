// Optimisers over several steps, clipping, averages of weights, and the schedule, beside PyTorch's.
#include <heed/nn/optim/clip.hpp>
#include <heed/nn/optim/ema.hpp>
#include <heed/nn/optim/lion.hpp>
#include <heed/nn/optim/muon.hpp>
#include <heed/nn/optim/rmsprop.hpp>
#include <heed/nn/optim/schedule.hpp>
#include <heed/nn/optim/sgd.hpp>
#include <heed/tests/both/reference/reference.hpp>

// clang-format off

namespace heed::reference {
namespace {

using namespace nn;
using G = const Given&;

Var parameter(const Params& p, const char* name, const Var& start) {
    Var x = p.make(name, start.shape(), init::constant(0));
    x.mutable_value() = start.value();
    return x;
}

// give(step, w, v) sets the gradients of w (in0) and v (in1). Returns w and v after each of the steps 1 .. n for which
// it is true.
template <class Optimizer, class Options, class Give>
Outputs run(G in, const Options& options, Dim n, Give give) {
    const Params p;
    const Var w = parameter(p, "w", in[0]), v = parameter(p, "v", in[1]);
    Optimizer optimizer(p, options);
    std::vector<Var> states;
    for (Dim step = 1; step <= n; ++step) {
        const bool asked = give(step, w, v);
        optimizer.step();
        if (!asked) continue;
        states.emplace_back(w.value());
        states.emplace_back(v.value());
    }
    return states;
}

// After each step with the gradients of in2 and in3.
template <class Optimizer, class Options>
Outputs train(G in, const Options& options) {
    return run<Optimizer>(in, options, in[2].dim(0), [&](Dim step, const Var& w, const Var& v) {
        w.set_grad(pick(in[2], 0, step - 1).value());
        v.set_grad(pick(in[3], 0, step - 1).value());
        return true;
    });
}

// After each of the steps (in4) in which v has a gradient, the next one of in3; w has one of in2 in every step.
template <class Optimizer, class Options>
Outputs train_at(G in, const Options& options) {
    const Ints& at = in.ints(4);
    return run<Optimizer>(in, options, at(in[3].dim(0) - 1), [&, next = Dim{0}](Dim step, const Var& w, const Var& v) mutable {
        w.set_grad(pick(in[2], 0, step % in[2].dim(0)).value());
        const bool now = at(next) == step;
        if (now) v.set_grad(pick(in[3], 0, next++).value());
        return now;
    });
}

// The gradients after clipping, and the norm before.
Outputs clip(G in, double most) {
    const Params p;
    std::vector<Var> results;
    for (std::size_t k = 0; k < in.size(); ++k) parameter(p, k == 0 ? "a" : "b", in[k]).set_grad(in[k].value());
    const double norm = clip_gradients(p, most);
    for (const Var& x : p.list()) results.emplace_back(x.grad());
    results.emplace_back(filled({}, static_cast<Real>(norm)));
    return results;
}

Outputs average(G in, double decay) {
    const Params p;
    const Var w = parameter(p, "w", in[0]);
    Ema ema(p, {.decay = decay, .warm = false});
    std::vector<Var> states;
    for (std::size_t k = 1; k < in.size(); ++k) {
        w.mutable_value() = in[k].value();
        ema.update();
        states.emplace_back(ema.averages()[0]);
    }
    return states;
}

Var rates(const WarmupCosine& schedule) {
    Array y = Array::from_shape({schedule.total});
    for (Dim step = 1; step <= schedule.total; ++step) y.data()[step - 1] = static_cast<Real>(schedule(step));
    return Var(std::move(y));
}

const Table table("training", {
    {"SGD", {"plain"}, [](G in) { return train<SGD>(in, SGDOptions{.lr = 0.1}); }},
    {"SGD", {"momentum"}, [](G in) { return train<SGD>(in, SGDOptions{.lr = 0.1, .momentum = 0.9}); }},
    {"SGD", {"nesterov, decay"}, [](G in) { return train<SGD>(in, SGDOptions{.lr = 0.1, .momentum = 0.8, .nesterov = true, .decay = 0.05}); }},
    {"SGD", {"decay of all"}, [](G in) { return train<SGD>(in, SGDOptions{.lr = 0.2, .decay = 0.05, .decay_vectors = true}); }},
    {"Adam", {"default"}, [](G in) { return train<Adam>(in, AdamOptions{}); }},
    {"Adam", {"decay"}, [](G in) {
        return train<Adam>(in, AdamOptions{.lr = 0.01, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-3, .decay = 0.1});
    }},
    {"Adam", {"group"}, [](G in) { return train<Adam>(in, AdamOptions{.lr = 0.01, .groups = {{.prefix = "v", .lr_scale = 0.5}}}); }},
    {"Adam", {"slow second moment"}, [](G in) { return train<Adam>(in, AdamOptions{.lr = 0.5, .beta2 = 0.99999}); }},
    {"Adam", {"unfrozen late"}, [](G in) { return train_at<Adam>(in, AdamOptions{}); }},
    {"Adam", {"in some steps"}, [](G in) { return train_at<Adam>(in, AdamOptions{.lr = 0.1}); }},
    {"AdamW", {"default"}, [](G in) { return train<AdamW>(in, AdamOptions{.lr = 1e-3}); }},
    {"AdamW", {"unfrozen late"}, [](G in) { return train_at<AdamW>(in, AdamOptions{.decay = 0.00599}); }},
    {"AdamW", {"in some steps"}, [](G in) { return train_at<AdamW>(in, AdamOptions{.lr = 0.1}); }},
    {"AdamW", {"decay of all"}, [](G in) { return train<AdamW>(in, AdamOptions{.lr = 0.05, .decay = 0.3, .decay_vectors = true}); }},
    {"Adam", {"amsgrad"}, [](G in) { return train<Adam>(in, AdamOptions{.lr = 0.1, .beta2 = 0.5, .decay = 0.1, .amsgrad = true}); }},
    {"AdamW", {"amsgrad"}, [](G in) { return train<AdamW>(in, AdamOptions{.lr = 0.1, .beta2 = 0.5, .amsgrad = true}); }},
    {"AdamW", {"amsgrad in some steps"}, [](G in) { return train_at<AdamW>(in, AdamOptions{.lr = 0.1, .beta2 = 0.5, .amsgrad = true}); }},
    {"RMSprop", {"default"}, [](G in) { return train<RMSprop>(in, RMSpropOptions{}); }},
    {"RMSprop", {"centered, momentum, decay"}, [](G in) {
        return train<RMSprop>(in, RMSpropOptions{.lr = 0.02, .alpha = 0.9, .epsilon = 1e-3, .momentum = 0.8, .centered = true, .decay = 0.1});
    }},
    {"RMSprop", {"decay of all"}, [](G in) { return train<RMSprop>(in, RMSpropOptions{.lr = 0.02, .decay = 0.3, .decay_vectors = true}); }},
    {"RMSprop", {"in some steps"}, [](G in) { return train_at<RMSprop>(in, RMSpropOptions{.momentum = 0.5}); }},
    {"Lion", {"default"}, [](G in) { return train<Lion>(in, LionOptions{}); }},
    {"Lion", {"decay"}, [](G in) { return train<Lion>(in, LionOptions{.lr = 0.03, .beta1 = 0.8, .beta2 = 0.95, .decay = 0.2}); }},
    {"Muon", {"wide"}, [](G in) { return train<Muon>(in, MuonOptions{.adam = {.lr = 0.02, .decay = 0.1}}); }},
    {"Muon", {"tall"}, [](G in) { return train<Muon>(in, MuonOptions{.adam = {.lr = 0.02, .decay = 0}, .momentum = 0.8}); }},
    {"Muon", {"left to AdamW"}, [](G in) { return train<Muon>(in, MuonOptions{.adam = {.lr = 1e-3}, .but = {"w"}}); }},
    {"Muon", {"unfrozen late, left to AdamW"}, [](G in) { return train_at<Muon>(in, MuonOptions{.adam = {.lr = 1e-3}, .but = {"w"}}); }},
    {"clip_gradients", {"above"}, [](G in) { return clip(in, 0.5); }},
    {"clip_gradients", {"below"}, [](G in) { return clip(in, 100); }},
    {"Ema", {"updates"}, [](G in) { return average(in, 0.9); }},
    {"WarmupCosine", {"both"}, [](G) { return rates({.peak = 0.002, .warmup = 4, .total = 20, .floor = 0.1}); }},
    {"WarmupCosine", {"short warm-up"}, [](G) { return rates({.peak = 0.5, .warmup = 1, .total = 6}); }},
    {"WarmupCosine", {"no warm-up"}, [](G) { return rates({.peak = 0.5, .total = 6}); }},
});

}  // namespace
}  // namespace heed::reference
