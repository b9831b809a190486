// Discretised mixtures of logistic distributions.
#include <fmt/format.h>
#include <heed/nn/generate/logistic_mixture.hpp>
#include <heed/ops/ops.hpp>

namespace heed::nn {
// sigmoid(a) - sigmoid(b) = sigmoid(a) sigmoid(-b) (1 - e^(b - a)), of which no factor loses digits. The first number
// has sigmoid(a) alone, the last one sigmoid(-b).
Var logistic_mixture_log_p(In parameters, const Array& values, Dim levels) {
    constexpr const char* op = "logistic_mixture_log_p";
    require(
        levels >= 2, op, [&] { return fmt::format("{} levels; expected at least 2", levels); }, parameters.at);
    const Dim k = parameters.rank() > 0 ? parameters.dim(-1) / 3 : 0;
    expect(k > 0 && parameters.dim(-1) == 3 * k, op, "parameters", parameters.shape(), "(..., 3 k)", parameters.at);
    const Shape shape(parameters.shape().begin(), parameters.shape().end() - 1);
    expect(
        values.shape() == shape, op, "values", Shape(values.shape()),
        [&] { return to_string(shape) + " because of 'parameters'"; }, parameters.at);
    const Real last = static_cast<Real>(levels - 1);
    for (const Real value : values.storage())
        require(
            value >= 0 && value <= last, op,
            [&] { return fmt::format("'values' has {}; expected 0 to {}", value, last); }, parameters.at);
    const std::vector<Var> parts = split(parameters, {k, k, k});
    const Var x = unsqueeze(Var(values), -1), centre = (1 + parts[1]) * (last / 2);
    const Var steep =
        exp(clamp(parts[2], -4, 5)) * (10 / static_cast<double>(levels));  // in a step from value to value
    const Var not_first = x > 0.0, not_last = x < static_cast<double>(last);
    const Var a = (x + 0.5 - centre) * steep, b = a - steep;
    const Var log_p =
        not_last * log_sigmoid(a) + not_first * log_sigmoid(-b) + not_first * not_last * log(-expm1(-steep));
    return logsumexp(log_softmax(parts[0]) + log_p, -1);
}

}  // namespace heed::nn
