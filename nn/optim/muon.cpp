// Muon.
#include <cmath>
#include <utility>
#include <fmt/format.h>
#include <heed/nn/optim/adam_rule.hpp>
#include <heed/nn/optim/muon.hpp>
#include <heed/nn/optim/sum_of_squares.hpp>
#include <heed/ops/kernel/gemm/gemm.hpp>

namespace heed::nn {
namespace {

// Brings all singular values s of X near 1 (0.7 to 1.2, if they were not below 1/1000 of the norm): five times X <-
// p(X), where p(s) = 3.4445 s - 4.775 s^3 + 2.0315 s^5 is Jordan's: it grows small values fast and does not settle
// at 1. In the products, the Gram matrix is that of the shorter side.
void orthogonalize(Array& x) {
    const Dim rows = x.shape()[0], columns = x.shape()[1], n = std::min(rows, columns);
    const bool tall = rows > columns;
    const auto scale = static_cast<Real>(1 / std::max(std::sqrt(sum_of_squares({&x, 1})), 1e-7));
    for (Real& v : x.storage()) v *= scale;

    Array gram = Array::from_shape({n, n}), p = Array::from_shape({n, n}), y = Array::from_shape({rows, columns});
    for (int step = 0; step < 5; ++step) {
        const Real* const from = std::as_const(x).data();
        kernel::gemm(kernel::product_of(n, n, std::max(rows, columns), {from, columns, tall}, {from, columns, !tall},
                                        gram.data(), n));
        const Real* const g = std::as_const(gram).data();
        Real* const to = p.data();
        for (Dim i = 0; i < n * n; ++i) to[i] = Real(-4.775) * g[i];
        for (Dim i = 0; i < n; ++i) to[i * n + i] += Real(3.4445);
        kernel::Gemm squared = kernel::product_of(n, n, n, {g, n}, {g, n}, to, n);
        squared.alpha = Real(2.0315), squared.accumulate = true;
        kernel::gemm(squared);
        if (tall) kernel::gemm(kernel::product_of(rows, n, n, {from, n}, {to, n}, y.data(), n));
        else kernel::gemm(kernel::product_of(n, columns, n, {to, n}, {from, columns}, y.data(), columns));
        std::swap(x, y);
    }
}

}  // namespace

Muon::Muon(const Params& params, const MuonOptions& options, Site at)
    : Optimizer("Muon", params, checked(options.adam, adamw_decay, at), at), adam_(options.adam),
      momentum_(options.momentum), rms_(options.rms) {
    require(
        0 <= momentum_ && momentum_ < 1, "Muon",
        [&] { return fmt::format("momentum is {}; expected 0 or more, and below 1", momentum_); }, at);
    require(
        rms_ > 0 && std::isfinite(rms_), "Muon",
        [&] { return fmt::format("rms is {}; expected a finite number > 0", rms_); }, at);
    require(!lazy(), "Muon", "adam.lazy is true; expected false: a step of a matrix depends on all of its rows", at);
    for (const Var& p : parameters()) matrix_.push_back(p.rank() == 2);
    for (const std::string& path : options.but) {
        bool used = false;
        for (std::size_t i = 0; i < matrix_.size(); ++i) {
            if (!lies_below(parameters()[i].name(), path)) continue;
            matrix_[i] = false;
            used = true;
        }
        if (!used) throw Error(fmt::format("Muon: no parameter lies below '{}', which AdamW is to take", path));
    }
}

std::vector<std::string> Muon::roles(std::size_t i) const {
    return matrix_[i] ? std::vector<std::string>{"first"} : adam_roles(adam_);
}

void Muon::update_stretch(std::size_t i, Dim begin, Dim end) {
    kernel::AdamStep step = adam_step(adam_, lr_of(i), updates(i));
    step.decay = static_cast<Real>(decay_of(i));
    run_adam(step,
             {.gradient = gradient(i),
              .touched = parameters()[i].touched_rows(),
              .value = value(i),
              .first = state(i, "first"),
              .second = state(i, "second"),
              .largest = adam_.amsgrad ? &state(i, "largest") : nullptr},
             begin, end);
}

void Muon::get(const Checkpoint& file) { Optimizer::get(adam_.amsgrad ? with_largest(file, parameters()) : file); }

void Muon::update(std::size_t i) {
    const Var& p = parameters()[i];
    if (!matrix_[i]) return update_stretch(i, 0, p.size());
    Array step = Array::from_shape(p.shape());
    const auto rest = static_cast<Real>(1 - momentum_);
    const Array gradient = this->gradient(i);
    const Real* const g = gradient.storage().data();
    Real *const m = state(i, "first").data(), *const ahead = step.data();
    for (Dim k = 0; k < p.size(); ++k) {
        m[k] = (m[k] - rest * m[k]) + rest * g[k];
        ahead[k] = (m[k] - rest * m[k]) + rest * g[k];
    }
    orthogonalize(step);
    const double lr = lr_of(i), longer = static_cast<double>(std::max(p.dim(0), p.dim(1)));
    const auto by = static_cast<Real>(lr * rms_ * std::sqrt(longer)), decay = static_cast<Real>(lr * decay_of(i));
    const Real* const o = std::as_const(step).data();
    Real* const w = value(i).data();
    for (Dim k = 0; k < p.size(); ++k) w[k] -= decay * w[k] + by * o[k];
}

}  // namespace heed::nn
