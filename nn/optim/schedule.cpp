// Learning rates over the steps of a run.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <fmt/format.h>
#include <heed/nn/optim/schedule.hpp>

namespace heed::nn {
namespace {

double share(Dim part, Dim whole) { return static_cast<double>(part) / static_cast<double>(std::max<Dim>(whole, 1)); }

// From `from` to `to` along half a cosine, while `done` goes from 0 to 1.
double along_cosine(double from, double to, double done) {
    return to + (from - to) * 0.5 * (1 + std::cos(std::numbers::pi * done));
}

// Checks of the arguments of a schedule.
struct Asked {
    const char* schedule;
    Site at;
    void number(const char* name, double value, bool ok, const char* wanted = "a finite number >= 0") const {
        require(
            ok && std::isfinite(value), schedule,
            [&] { return fmt::format("{} is {}; expected {}", name, value, wanted); }, at);
    }
    void total(Dim steps) const {
        const auto text = [&] {
            return fmt::format("total is {}; expected the run's steps, 1 or more (fit() fills in a 0)", steps);
        };
        require(steps >= 1, schedule, text, at);
    }
    void steps(const char* name, Dim value, Dim least = 0) const { require_least(schedule, name, value, least, at); }
};

Asked asked(const char* schedule, double peak, Dim step, Site at) {
    const Asked a{schedule, at};
    a.number("peak", peak, peak >= 0);
    a.steps("step", step, 1);
    return a;
}

}  // namespace

double ConstantRate::operator()(Dim step, Site at) const {
    asked("ConstantRate", peak, step, at).steps("warmup", warmup);
    return peak * std::min(1.0, share(step, warmup));
}

double StepDecay::operator()(Dim step, Site at) const {
    const Asked a = asked("StepDecay", peak, step, at);
    a.steps("every", every);
    a.number("factor", factor, factor >= 0);
    return peak * std::pow(factor, static_cast<double>((step - 1) / std::max<Dim>(every, 1)));
}

double WarmupCosine::operator()(Dim step, Site at) const {
    const Asked a = asked("WarmupCosine", peak, step, at);
    a.steps("warmup", warmup);
    a.total(total);
    a.number("floor", floor, floor >= 0);
    if (step <= warmup) return peak * share(step, warmup);
    return along_cosine(peak, peak * floor, std::min(1.0, share(step - warmup, total - warmup)));
}

double InverseSquareRoot::operator()(Dim step, Site at) const {
    asked("InverseSquareRoot", peak, step, at).steps("warmup", warmup);
    const double up = share(step, warmup);
    return peak * std::min(up, 1 / std::sqrt(up));
}

double OneCycle::operator()(Dim step, Site at) const {
    const Asked a = asked("OneCycle", peak, step, at);
    a.total(total);
    a.number("rising", rising, rising >= 0 && rising <= 1, "a part of the run, 0 to 1");
    a.number("start", start, start > 0, "a finite number > 0");
    a.number("end", end, end > 0, "a finite number > 0");
    const double now = static_cast<double>(std::min(step, total) - 1), last = static_cast<double>(total - 1);
    const double top = std::max(rising * static_cast<double>(total) - 1, 0.0);
    if (now <= top) return along_cosine(peak / start, peak, top > 0 ? now / top : 1);
    return along_cosine(peak, peak / start / end, (now - top) / (last - top));
}

}  // namespace heed::nn
