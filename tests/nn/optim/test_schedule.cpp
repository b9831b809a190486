// Ends of learning-rate schedules, where PyTorch's are undefined; in between tests/both/test_reference_schedules.cpp
// compares.
#include <heed/nn/optim/schedule.hpp>
#include <heed/tests/catch.hpp>

using namespace heed;
using namespace heed::nn;

TEST_CASE("schedule: a run longer than planned stays at the end", "[nn]") {
    const OneCycle cycle{.peak = 2, .total = 10, .start = 4, .end = 5};
    CHECK(cycle(1) == Approx(0.5));
    CHECK(cycle(10) == Approx(0.1));
    CHECK(cycle(11) == cycle(10));
    const WarmupCosine cosine{.peak = 2, .warmup = 3, .total = 10, .floor = 0.25};
    CHECK(cosine(10) == Approx(0.5));
    CHECK(cosine(1000) == cosine(10));
}

TEST_CASE("schedule: no warm-up and the shortest run", "[nn]") {
    CHECK(ConstantRate{.peak = 2}(1) == 2);
    CHECK(InverseSquareRoot{.peak = 2, .warmup = 0}(4) == 1);
    CHECK(OneCycle{.peak = 2, .total = 1}(1) == 2);
    CHECK(OneCycle{.peak = 2, .total = 6, .rising = 0}(1) == 2);  // PyTorch's divides by zero
    CHECK(OneCycle{.peak = 2, .total = 6, .rising = 1}(6) == 2);
    CHECK(WarmupCosine{.peak = 2, .total = 1}(1) == Approx(0).margin(1e-15));
}
