// Learning rates over the steps of a run.
#include <algorithm>
#include <cmath>
#include <limits>
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

double ExponentialDecay::operator()(Dim step, Site at) const {
    const Asked a = asked("ExponentialDecay", peak, step, at);
    a.steps("warmup", warmup);
    a.number("factor", factor, factor >= 0);
    if (step <= warmup) return peak * share(step, warmup);
    return peak * std::pow(factor, static_cast<double>(step - std::max<Dim>(warmup, 1)));
}

double PolynomialDecay::operator()(Dim step, Site at) const {
    const Asked a = asked("PolynomialDecay", peak, step, at);
    a.steps("warmup", warmup);
    a.total(total);
    a.number("power", power, power > 0, "a finite number > 0");
    a.number("floor", floor, floor >= 0);
    if (step <= warmup) return peak * share(step, warmup);
    const double left = std::max(0.0, share(total - step, total - warmup));
    return peak * (floor + (1 - floor) * std::pow(left, power));
}

double Trapezoid::operator()(Dim step, Site at) const {
    const Asked a = asked("Trapezoid", peak, step, at);
    a.steps("warmup", warmup);
    a.total(total);
    a.number("falling", falling, falling >= 0 && falling <= 1, "a part of the run, 0 to 1");
    a.number("floor", floor, floor >= 0);
    const double up = std::min(1.0, share(step, warmup)), steps = falling * static_cast<double>(total);
    const double left = static_cast<double>(std::max<Dim>(total - step, 0));
    return peak * (left < steps ? std::min(up, floor + (1 - floor) * left / steps) : up);
}

double WarmRestarts::operator()(Dim step, Site at) const {
    const Asked a = asked("WarmRestarts", peak, step, at);
    a.steps("period", period, 1);
    a.steps("longer", longer, 1);
    a.number("floor", floor, floor >= 0);
    Dim now = step - 1, length = period;
    if (longer == 1) now %= length;
    for (; now >= length; length = saturated_product(length, longer)) now -= length;
    return along_cosine(peak, peak * floor, share(now, length));
}

double ReduceOnPlateau::operator()(Dim step, std::span<const double> metrics, Site at) const {
    const Asked a = asked("ReduceOnPlateau", peak, step, at);
    a.steps("warmup", warmup);
    a.number("factor", factor, factor >= 0 && factor < 1, "0 or more, and below 1");
    a.steps("patience", patience);
    a.number("threshold", threshold, threshold >= 0);
    a.steps("cooldown", cooldown);
    a.number("floor", floor, floor >= 0);
    double rate = 1, best = std::numeric_limits<double>::infinity();
    Dim waiting = 0, cooling = 0;
    for (const double metric : metrics) {
        // Infinite before the first one: any number is better, a NaN never is.
        const bool better = std::isinf(best) ? metric < best : metric < best - threshold * std::abs(best);
        if (better) best = metric;
        waiting = better || cooling > 0 ? 0 : waiting + 1;
        if (cooling > 0) --cooling;
        if (waiting <= patience) continue;
        rate = std::min(rate, std::max(rate * factor, floor));
        waiting = 0, cooling = cooldown;
    }
    return peak * rate * std::min(1.0, share(step, warmup));
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
