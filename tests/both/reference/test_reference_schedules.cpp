// Learning rates over the steps, beside PyTorch's schedulers.
#include <heed/nn/optim/schedule.hpp>
#include <heed/tests/both/reference/reference.hpp>

// clang-format off

namespace heed::reference {
namespace {

using namespace nn;
using G = const Given&;

// With a metric after every second step, or after each.
Var rates(G in, const ReduceOnPlateau& schedule, Dim every = 1) {
    std::vector<double> metrics;
    const Dim steps = in[0].dim(0) * every;
    Array y = Array::from_shape({steps});
    for (Dim step = 1; step <= steps; ++step) {
        y.data()[step - 1] = static_cast<Real>(schedule(step, metrics));
        if (step % every == 0) metrics.push_back(static_cast<double>(in[0].value().storage().data()[step / every - 1]));
    }
    return Var(std::move(y));
}

template <class Schedule>
Var rates(Dim steps, const Schedule& schedule) {
    Array y = Array::from_shape({steps});
    for (Dim step = 1; step <= steps; ++step) y.data()[step - 1] = static_cast<Real>(schedule(step));
    return Var(std::move(y));
}

const Table table("schedules", {
    {"ConstantRate", {"plain"}, [](G) { return rates(4, ConstantRate{.peak = 0.5}); }},
    {"ConstantRate", {"warm-up"}, [](G) { return rates(8, ConstantRate{.peak = 0.5, .warmup = 5}); }},
    {"StepDecay", {"default"}, [](G) { return rates(7, StepDecay{.peak = 0.5, .every = 3}); }},
    {"StepDecay", {"factor"}, [](G) { return rates(9, StepDecay{.peak = 0.1, .every = 2, .factor = 0.7}); }},
    {"ExponentialDecay", {"plain"}, [](G) { return rates(6, ExponentialDecay{.peak = 0.5, .factor = 0.8}); }},
    {"ExponentialDecay", {"warm-up"}, [](G) { return rates(9, ExponentialDecay{.peak = 0.5, .warmup = 4, .factor = 0.8}); }},
    {"PolynomialDecay", {"line"}, [](G) { return rates(10, PolynomialDecay{.peak = 0.5, .total = 8}); }},
    {"PolynomialDecay", {"square"}, [](G) { return rates(8, PolynomialDecay{.peak = 0.5, .total = 8, .power = 2}); }},
    {"PolynomialDecay", {"warm-up, floor"},
     [](G) { return rates(12, PolynomialDecay{.peak = 0.5, .warmup = 3, .total = 9, .power = 0.5, .floor = 0.2}); }},
    {"Trapezoid", {"default"}, [](G) { return rates(20, Trapezoid{.peak = 0.5, .total = 20}); }},
    {"Trapezoid", {"warm-up, floor"}, [](G) { return rates(22, Trapezoid{.peak = 0.5, .warmup = 3, .total = 20, .falling = 0.25, .floor = 0.1}); }},
    {"WarmRestarts", {"equal"}, [](G) { return rates(12, WarmRestarts{.peak = 0.5, .period = 5}); }},
    {"WarmRestarts", {"longer"}, [](G) { return rates(25, WarmRestarts{.peak = 0.5, .period = 3, .longer = 2, .floor = 0.1}); }},
    {"ReduceOnPlateau", {"default"}, [](G in) { return rates(in, {.peak = 0.5}); }},
    {"ReduceOnPlateau", {"options"}, [](G in) {
        return rates(in, {.peak = 0.5, .factor = 0.5, .patience = 1, .threshold = 0.1, .cooldown = 2, .floor = 0.2}, 2);
    }},
    {"ReduceOnPlateau", {"higher is better"}, [](G in) { return rates(in, {.peak = 0.5, .factor = 0.5, .patience = 0}); }},
    {"InverseSquareRoot", {"warm-up"}, [](G) { return rates(20, InverseSquareRoot{.peak = 0.5, .warmup = 4}); }},
    {"InverseSquareRoot", {"none"}, [](G) { return rates(5, InverseSquareRoot{.peak = 0.5}); }},
    {"OneCycle", {"default"}, [](G) { return rates(20, OneCycle{.peak = 0.5, .total = 20}); }},
    {"OneCycle", {"options"}, [](G) { return rates(11, OneCycle{.peak = 0.5, .total = 11, .rising = 0.45, .start = 10, .end = 50}); }},
});

}  // namespace
}  // namespace heed::reference
