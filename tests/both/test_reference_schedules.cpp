// Learning rates over the steps, beside PyTorch's schedulers.
#include <heed/nn/optim/schedule.hpp>
#include <heed/tests/reference.hpp>

// clang-format off

namespace heed::reference {
namespace {

using namespace nn;
using G = const Given&;

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
    {"InverseSquareRoot", {"warm-up"}, [](G) { return rates(20, InverseSquareRoot{.peak = 0.5, .warmup = 4}); }},
    {"InverseSquareRoot", {"none"}, [](G) { return rates(5, InverseSquareRoot{.peak = 0.5}); }},
    {"OneCycle", {"default"}, [](G) { return rates(20, OneCycle{.peak = 0.5, .total = 20}); }},
    {"OneCycle", {"options"}, [](G) { return rates(11, OneCycle{.peak = 0.5, .total = 11, .rising = 0.45, .start = 10, .end = 50}); }},
});

}  // namespace
}  // namespace heed::reference
