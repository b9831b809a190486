// A learning-rate range test.
#include <algorithm>
#include <cmath>
#include <limits>
#include <fmt/format.h>
#include <heed/nn/training/find_rate.hpp>

namespace heed::training {
namespace {

constexpr std::size_t window = 5;  // losses whose mean counts

double mean_loss(const std::vector<FoundRate::Point>& curve, std::size_t from, std::size_t to) {
    double sum = 0;
    for (std::size_t i = from; i < to; ++i) sum += curve[i].loss;
    return sum / static_cast<double>(to - from);
}

}  // namespace

FoundRate find_rate(const nn::Params& params, nn::Optimizer& optimizer, const Stepper::LossOf& loss,
                    const StepOptions& step, const FindRateOptions& o, Dim shards) {
    const auto range = [&] {
        return fmt::format("rates from {} to {} in {} steps; expected 0 < from < to, finite, in 2 or more", o.least,
                           o.most, o.steps);
    };
    require(o.least > 0 && o.most > o.least && std::isfinite(o.most) && o.steps >= 2, "find_rate", range,
            Site::current());
    require(
        o.worse > 1, "find_rate", [&] { return fmt::format("worse is {}; expected above 1", o.worse); },
        Site::current());
    StepOptions quiet = step;
    quiet.on_nan = OnNan::skip;
    Stepper stepper(params, optimizer, loss, quiet, shards);
    FoundRate found;
    double least = std::numeric_limits<double>::infinity();
    for (Dim i = 0; i < o.steps; ++i) {
        const double rate =
            o.least * std::pow(o.most / o.least, static_cast<double>(i) / static_cast<double>(o.steps - 1));
        optimizer.set_lr(rate);
        const StepReport report = stepper.run(i + 1);
        if (!report.skipped.empty()) break;
        found.curve.push_back({rate, report.loss});
        const std::size_t n = found.curve.size();
        const double mean =
            mean_loss(found.curve, n - std::min(n, window), n);  // one batch may be much harder than another
        least = std::min(least, mean);
        if (least > 0 && mean > o.worse * least) break;
    }
    found.rate = steepest(found.curve);
    return found;
}

double steepest(const std::vector<FoundRate::Point>& curve) {
    double best = 0, rate = 0;
    for (std::size_t i = window; i + window < curve.size(); ++i) {
        const double change = mean_loss(curve, i + 1, i + 1 + window) - mean_loss(curve, i - window, i);
        if (change < best) {
            best = change;
            rate = curve[i].rate;
        }
    }
    return rate;
}

std::string to_text(const FoundRate& found) {
    const auto by_loss = [](const FoundRate::Point& a, const FoundRate::Point& b) { return a.loss < b.loss; };
    const std::vector<FoundRate::Point>& curve = found.curve;
    if (curve.empty()) return "the first step's loss is not finite; see what makes it so with train\n";
    const auto [least, most] = std::minmax_element(curve.begin(), curve.end(), by_loss);
    const double low = least->loss, high = most->loss;
    std::string text = fmt::format("{:>9}  {:>10}\n", "rate", "loss");
    for (std::size_t i = 0; i < curve.size(); i += window) {
        const std::size_t end = std::min(i + window, curve.size());
        const double loss = mean_loss(curve, i, end), share = high > low ? (loss - low) / (high - low) : 0;
        const bool here = curve[i].rate <= found.rate && found.rate <= curve[end - 1].rate;
        text +=
            fmt::format("{:>9.2e}  {:>10.4f}  {}{}\n", curve[i].rate, loss,
                        std::string(1 + static_cast<std::size_t>(40 * share), '#'), here ? "  <- falls fastest" : "");
    }
    if (found.rate == 0)
        return text + "the loss falls nowhere; is there anything to learn, and is the model able to?\n";
    return text + fmt::format("the loss falls fastest at a rate of {:.1e}, a good first try for the highest one\n",
                              found.rate);
}

}  // namespace heed::training
