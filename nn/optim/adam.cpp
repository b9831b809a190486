// Adam and AdamW.
#include <cmath>
#include <heed/nn/optim/adam_rule.hpp>
#include <heed/nn/optim/checks.hpp>

namespace heed::nn {

OptimizerOptions checked(const AdamOptions& o, double default_decay, Site at) {
    require_share("beta1", o.beta1, at);
    require_share("beta2", o.beta2, at);
    require_rate("epsilon", o.epsilon, at);
    return {.lr = o.lr, .decay = o.decay.value_or(default_decay), .decay_vectors = o.decay_vectors, .groups = o.groups};
}

kernel::AdamStep adam_step(const AdamOptions& o, double lr, Dim updates) {
    const auto n = static_cast<double>(updates);
    return {.lr = static_cast<Real>(lr),
            .beta1 = o.beta1,
            .beta2 = o.beta2,
            .eps = static_cast<Real>(o.epsilon),
            .correction1 = static_cast<Real>(1 - std::pow(o.beta1, n)),
            .correction2 = static_cast<Real>(1 - std::pow(o.beta2, n))};
}

std::vector<std::string> adam_roles(const AdamOptions& o) {
    std::vector<std::string> roles{"first", "second"};
    if (o.amsgrad) roles.emplace_back("largest");
    return roles;
}

void run_adam(const kernel::AdamStep& step, const Array& gradient, Array& value, Array& first, Array& second,
              Array* largest, Dim begin, Dim end) {
    kernel::adam(step, gradient.storage().data() + begin, value.data() + begin, first.data() + begin,
                 second.data() + begin, largest ? largest->data() + begin : nullptr, end - begin);
}

Checkpoint with_largest(const Checkpoint& file, const std::vector<Var>& parameters) {
    Checkpoint whole = file;
    for (const Var& p : parameters)
        if (file.holds("second." + p.name()) && !file.holds("largest." + p.name()))
            whole.put("largest." + p.name(), file.array("second." + p.name()));
    return whole;
}

Adam::Adam(const char* kind, Decay decay, const Params& params, const AdamOptions& options, Site at)
    : ElementwiseOptimizer(kind, params, checked(options, decay == Decay::of_gradient ? 0 : adamw_decay, at), at),
      options_(options), decay_(decay) {}
Adam::Adam(const Params& params, const AdamOptions& options, Site at)
    : Adam("Adam", Decay::of_gradient, params, options, at) {}
AdamW::AdamW(const Params& params, const AdamOptions& options, Site at)
    : Adam("AdamW", Decay::of_parameter, params, options, at) {}

void Adam::update_stretch(std::size_t i, Dim begin, Dim end) {
    kernel::AdamStep step = adam_step(options_, lr_of(i), updates(i));
    (decay_ == Decay::of_gradient ? step.l2 : step.decay) = static_cast<Real>(decay_of(i));
    run_adam(step, gradient(i), value(i), state(i, "first"), state(i, "second"),
             options_.amsgrad ? &state(i, "largest") : nullptr, begin, end);
}

std::vector<std::string> Adam::roles(std::size_t) const { return adam_roles(options_); }

void Adam::get(const Checkpoint& file) { Optimizer::get(options_.amsgrad ? with_largest(file, parameters()) : file); }

}  // namespace heed::nn
