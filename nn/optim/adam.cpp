// Adam and AdamW.
#include <algorithm>
#include <cmath>
#include <heed/nn/optim/adam_rule.hpp>
#include <heed/nn/optim/checks.hpp>

namespace heed::nn {

OptimizerOptions checked(const AdamOptions& o, double default_decay, Site at) {
    require_share("beta1", o.beta1, at);
    require_share("beta2", o.beta2, at);
    require_rate("epsilon", o.epsilon, at);
    return {.lr = o.lr,
            .decay = o.decay.value_or(default_decay),
            .decay_vectors = o.decay_vectors,
            .groups = o.groups,
            .lazy = o.lazy};
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

namespace {

kernel::AdamTable table_of(const AdamOperands& x, const RowSet& touched, Dim begin) {
    return {.g = x.gradient.storage().data(),
            .p = x.value.data(),
            .m = x.first.data(),
            .v = x.second.data(),
            .largest = x.largest ? x.largest->data() : nullptr,
            .moments_begin = begin,
            .touched = touched,
            .width = count(x.value) / std::max(Dim{1}, touched.rows())};
}

}  // namespace

void run_adam(const kernel::AdamStep& step, const AdamOperands& x, Dim begin, Dim end) {
    if (x.touched) return kernel::adam_of_table(step, table_of(x, *x.touched, begin), begin, end);
    kernel::adam(step, x.gradient.storage().data() + begin, x.value.data() + begin, x.first.data(), x.second.data(),
                 x.largest ? x.largest->data() : nullptr, end - begin);
}

void run_adam_by_row(FunctionRef<kernel::AdamStep(Dim row)> step_of, const AdamOperands& x, Dim begin, Dim end) {
    if (x.touched) return kernel::adam_of_rows(step_of, table_of(x, *x.touched, begin), begin, end);
    RowSet all(static_cast<Dim>(x.value.shape()[0]));
    for (Dim row = 0; row < all.rows(); ++row) all.add(row);
    kernel::adam_of_rows(step_of, table_of(x, all, begin), begin, end);
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
    const auto step_of = [&](Dim updates) {
        kernel::AdamStep step = adam_step(options_, lr_of(i), updates);
        (decay_ == Decay::of_gradient ? step.l2 : step.decay) = static_cast<Real>(decay_of(i));
        return step;
    };
    const AdamOperands x{.gradient = gradient(i),
                         .touched = parameters()[i].touched_rows(),
                         .value = value(i),
                         .first = state(i, "first"),
                         .second = state(i, "second"),
                         .largest = options_.amsgrad ? &state(i, "largest") : nullptr};
    if (counts_rows(i)) run_adam_by_row([&](Dim row) { return step_of(updates(i, row)); }, x, begin, end);
    else run_adam(step_of(updates(i)), x, begin, end);
}

std::vector<std::string> Adam::roles(std::size_t) const { return adam_roles(options_); }

void Adam::get(const Checkpoint& file) { Optimizer::get(options_.amsgrad ? with_largest(file, parameters()) : file); }

}  // namespace heed::nn
