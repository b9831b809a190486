#include <cmath>
#include <fmt/format.h>
#include <heed/core/profile.hpp>
#include <heed/nn/optim.hpp>
#include <heed/nn/sum_of_squares.hpp>
#include <heed/ops/kernel/adam.hpp>

namespace heed::nn {
namespace {

void require_rate(bool ok, const char* what, double value, const char* wanted, Site at) {
    require(ok, "optimizer", [&] { return fmt::format("{} is {}; expected {}", what, value, wanted); }, at);
}
void require_rate(const char* what, double value, Site at) {
    require_rate(value >= 0 && std::isfinite(value), what, value, "a finite number >= 0", at);
}
void require_share(const char* what, double value, Site at) { require_rate(value >= 0 && value < 1, what, value, "0 or more, and below 1", at); }

// The group of each parameter: the one with the longest prefix that fits.
std::vector<ParamGroup> assign_groups(const std::vector<Var>& parameters, const std::vector<ParamGroup>& groups, bool decay_vectors, Site at) {
    for (const ParamGroup& group : groups) {
        require_rate("lr_scale", group.lr_scale, at);
        require_rate("decay_scale", group.decay_scale, at);
    }
    std::vector<ParamGroup> mine;
    std::vector<bool> used(groups.size());
    for (const Var& p : parameters) {
        ParamGroup group;
        for (std::size_t i = 0; i < groups.size(); ++i) {
            const std::string& prefix = groups[i].prefix;
            const bool fits = lies_below(p.name(), prefix);
            if (fits) used[i] = true;
            if (fits && prefix.size() >= group.prefix.size()) group = groups[i];
        }
        if (!decay_vectors && p.rank() < 2) group.decay_scale = 0;
        mine.push_back(std::move(group));
    }
    for (std::size_t i = 0; i < groups.size(); ++i)
        if (!used[i]) throw Error(fmt::format("optimizer: no parameter lies below the group '{}'", groups[i].prefix));
    return mine;
}

void refuse_unreached(const char* optimizer, bool any) {
    if (!any) throw TapeError(fmt::format("{}: no gradient has reached any parameter; call backward() before step()", optimizer));
}

}  // namespace

Adam::Adam(Params params, const AdamOptions& options, bool decoupled, Site at)
    : parameters_(params.list()),
      moments_(parameters_.size()),
      group_(assign_groups(parameters_, options.groups, options.decay_vectors, at)),
      options_(options),
      decoupled_(decoupled) {
    if (!options_.decay) options_.decay = decoupled ? 0.01 : 0;
    require_rate("lr", options.lr, at);
    require_share("beta1", options.beta1, at);
    require_share("beta2", options.beta2, at);
    require_rate("epsilon", options.epsilon, at);
    require_rate("decay", *options_.decay, at);
}

void Adam::set_lr(double lr, Site at) {
    require_rate("lr", lr, at);
    options_.lr = lr;
}

void Adam::set_steps(Dim steps, Site at) {
    require(steps >= 0, "optimizer", [&] { return fmt::format("steps is {}; expected 0 or more", steps); }, at);
    steps_ = steps;
}

void Adam::step() {
    const ProfiledPart part("Adam::step");
    ++steps_;
    bool any = false;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        if (!parameters_[i].has_grad()) continue;
        any = true;
        update(i);
        parameters_[i].clear_grad();
    }
    if (!any) --steps_;
    refuse_unreached("Adam", any);
}

void Adam::update(std::size_t i) {
    const Var& p = parameters_[i];
    Moments& m = moments_[i];
    if (!(m.first.shape() == p.shape())) m = {filled(p.shape(), 0), filled(p.shape(), 0)};
    const double updates = static_cast<double>(++m.updates), decay = decay_of(i);
    kernel::adam({.lr = static_cast<Real>(lr_of(i)),
                  .beta1 = options_.beta1,
                  .beta2 = options_.beta2,
                  .eps = static_cast<Real>(options_.epsilon),
                  .decay = static_cast<Real>(decoupled_ ? decay : 0),
                  .l2 = static_cast<Real>(decoupled_ ? 0 : decay),
                  .correction1 = static_cast<Real>(1 - std::pow(options_.beta1, updates)),
                  .correction2 = static_cast<Real>(1 - std::pow(options_.beta2, updates))},
                 p.grad().storage().data(), p.mutable_value("Adam::step").data(), m.first.data(), m.second.data(), p.size());
}

SGD::SGD(Params params, const SGDOptions& options, Site at)
    : parameters_(params.list()),
      velocity_(parameters_.size()),
      group_(assign_groups(parameters_, options.groups, options.decay_vectors, at)),
      options_(options) {
    require_rate("lr", options.lr, at);
    require_share("momentum", options.momentum, at);
    require_rate(!options.nesterov || options.momentum > 0, "momentum", options.momentum, "one above zero for Nesterov's", at);
    require_rate("decay", options.decay, at);
}

void SGD::set_lr(double lr, Site at) {
    require_rate("lr", lr, at);
    options_.lr = lr;
}

void SGD::step() {
    const ProfiledPart part("SGD::step");
    bool any = false;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        const Var& p = parameters_[i];
        if (!p.has_grad()) continue;
        any = true;
        const bool first = !velocity_[i];
        if (first && options_.momentum > 0) velocity_[i] = filled(p.shape(), 0);
        Real* x = p.mutable_value("SGD::step").data();
        const Real* g = p.grad().storage().data();
        Real* v = velocity_[i] ? velocity_[i]->data() : nullptr;
        const auto lr = static_cast<Real>(options_.lr * group_[i].lr_scale), decay = static_cast<Real>(options_.decay * group_[i].decay_scale);
        const auto momentum = static_cast<Real>(options_.momentum);
        for (Dim j = 0, n = p.size(); j < n; ++j) {
            const Real d = g[j] + decay * x[j];
            if (v) v[j] = momentum * v[j] + d;
            x[j] -= lr * (!v ? d : options_.nesterov ? d + momentum * v[j] : v[j]);
        }
        p.clear_grad();
    }
    refuse_unreached("SGD", any);
}

double clip_gradients(const Params& params, double most, Site at) {
    require(most >= 0, "clip_gradients", [&] { return fmt::format("most is {}; expected a norm, 0 or more", most); }, at);
    const std::vector<Var> parameters = params.list();
    std::vector<Array> gradients;
    for (const Var& p : parameters)
        if (p.has_grad()) gradients.push_back(p.grad());
    const double norm = std::sqrt(sum_of_squares(gradients));
    gradients.clear();  // they are written to below
    if (!(norm > most) || !std::isfinite(norm)) return norm;
    const auto scale = static_cast<Real>(most / norm);
    for (const Var& p : parameters) {
        if (!p.has_grad()) continue;
        Storage<Real> g = p.node().grad.take();
        for (Real& v : g) v *= scale;
        p.node().grad.add(std::move(g));
    }
    return norm;
}

}  // namespace heed::nn
