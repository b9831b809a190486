#pragma once
// The learning rate of each step of a run.
#include <concepts>
#include <functional>
#include <limits>
#include <span>
#include <heed/core/base/error.hpp>
#include <heed/core/real.hpp>

namespace heed::training {

// A schedule of nn/optim/schedule.hpp, or a function of the step, from 1, and of the run's steps. Those are 0 while a
// run of so many minutes does not know them. A schedule's total that is not given (0) is the run's steps; while they
// are not known, the run is taken to be endless. A rate may follow the metrics of the evaluations so far, where less is
// better: nn::ReduceOnPlateau, or a function of the step, of the run's steps and of those.
class Rate {
public:
    using Metrics = std::span<const double>;
    Rate() = default;  // the optimiser's own
    template <std::invocable<Dim, Dim> F>
    Rate(F rate) : rate_([=](Dim step, Dim steps, Metrics) { return rate(step, steps); }) {}
    template <std::invocable<Dim, Dim, Metrics> F>
    Rate(F rate) : rate_(std::move(rate)), follows_(true) {}
    template <std::invocable<Dim, Metrics, Site> Schedule>
    Rate(const Schedule& schedule, Site at = Site::current())
        : rate_([=](Dim step, Dim, Metrics metrics) { return schedule(step, metrics, at); }), follows_(true) {}
    template <std::invocable<Dim, Site> Schedule>
    Rate(const Schedule& schedule, Site at = Site::current())
        : rate_([=](Dim step, Dim steps, Metrics) {
              Schedule of_run = schedule;
              if constexpr (requires { of_run.total; })
                  if (of_run.total == 0) of_run.total = steps > 0 ? steps : std::numeric_limits<Dim>::max();
              return of_run(step, at);
          }) {}

    explicit operator bool() const { return bool(rate_); }
    bool follows_metrics() const { return follows_; }
    double operator()(Dim step, Dim steps, Metrics metrics = {}) const { return rate_(step, steps, metrics); }

private:
    std::function<double(Dim step, Dim steps, Metrics metrics)> rate_;
    bool follows_ = false;
};

}  // namespace heed::training
