// Ends of learning-rate schedules, and what they refuse, where PyTorch's are undefined; in between
// tests/both/reference/test_reference_schedules.cpp compares.
#include <cmath>
#include <limits>
#include <vector>
#include <heed/nn/optim/schedule.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

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
    const PolynomialDecay power{.peak = 2, .warmup = 3, .total = 10, .power = 3, .floor = 0.25};
    CHECK(power(3) == 2);
    CHECK(power(10) == 0.5);
    CHECK(power(1000) == 0.5);
    const Trapezoid flat{.peak = 2, .warmup = 3, .total = 10, .floor = 0.25};
    CHECK(flat(8) == 2);
    CHECK(flat(9) == Approx(1.25));
    CHECK(flat(10) == 0.5);
    CHECK(flat(1000) == 0.5);
}

TEST_CASE("schedule: no warm-up and the shortest run", "[nn]") {
    CHECK(ConstantRate{.peak = 2}(1) == 2);
    CHECK(InverseSquareRoot{.peak = 2, .warmup = 0}(4) == 1);
    CHECK(ExponentialDecay{.peak = 2, .factor = 0.5}(1) == 2);
    CHECK(ExponentialDecay{.peak = 2, .warmup = 1, .factor = 0.5}(1) == 2);
    CHECK(ExponentialDecay{.peak = 2, .warmup = 1, .factor = 0.5}(2) == 1);
    CHECK(PolynomialDecay{.peak = 2, .total = 1}(1) == 0);
    CHECK(Trapezoid{.peak = 2, .total = 1}(1) == 0);
    CHECK(Trapezoid{.peak = 2, .total = 1, .falling = 0}(1) == 2);
    CHECK(Trapezoid{.peak = 2, .total = 4, .falling = 1}(1) == Approx(1.5));
    CHECK(Trapezoid{.peak = 2, .warmup = 9, .total = 8}(4) == Approx(8.0 / 9));
    CHECK(WarmRestarts{.peak = 2, .period = 1}(7) == 2);
    CHECK(WarmRestarts{.peak = 2, .period = 1, .longer = 3}(std::numeric_limits<Dim>::max()) >= 0);
    CHECK(OneCycle{.peak = 2, .total = 1}(1) == 2);
    CHECK(OneCycle{.peak = 2, .total = 6, .rising = 0}(1) == 2);  // PyTorch's divides by zero
    CHECK(OneCycle{.peak = 2, .total = 6, .rising = 1}(6) == 2);
    CHECK(WarmupCosine{.peak = 2, .total = 1}(1) == Approx(0).margin(1e-15));
}

TEST_CASE("schedule: a plateau is found whatever the metrics' sign, and lasts no longer than it is", "[nn]") {
    const ReduceOnPlateau plateau{.peak = 1,
                                  .warmup = 4,
                                  .factor = 0.5,
                                  .patience = 1,
                                  .threshold = 0.1,
                                  .floor = 0.25};
    const auto rate = [&](std::vector<double> metrics) { return plateau(10, metrics); };
    CHECK(plateau(2, {}) == 0.5);
    CHECK(rate({}) == 1);
    CHECK(rate({5, 5}) == 1);
    CHECK(rate({5, 5, 5}) == 0.5);
    CHECK(rate({5, 5, 4, 5, 4}) == 0.5);
    CHECK(rate({5, 5, 4, 5, 3}) == 1);
    CHECK(rate({5, 4.6, 4.6}) == 0.5);  // not lower by a tenth
    CHECK(rate({-5, -5.4, -5.4}) == 0.5);
    CHECK(rate({-5, -5.6, -6.2, -7}) == 1);
    CHECK(rate({5, 5, 5, 5, 5, 5, 5, 5, 5}) == 0.25);
    CHECK(rate({std::nan(""), std::nan("")}) == 0.5);
    CHECK(rate({std::nan(""), 3, std::nan("")}) == 1);
}

TEST_CASE("schedule: values that make no sense are refused", "[nn]") {
    for (const double bad : {std::nan(""), -0.1, std::numeric_limits<double>::infinity()}) {
        CAPTURE(bad);
        CHECK_THROWS_AS(ConstantRate{.peak = bad}(1), RangeError);
        CHECK_THROWS_AS(StepDecay{.peak = bad}(1), RangeError);
        CHECK_THROWS_AS(StepDecay{.factor = bad}(1), RangeError);
        CHECK_THROWS_AS((WarmupCosine{.peak = bad, .total = 2}(1)), RangeError);
        CHECK_THROWS_AS((WarmupCosine{.total = 2, .floor = bad}(1)), RangeError);
        CHECK_THROWS_AS(InverseSquareRoot{.peak = bad}(1), RangeError);
        CHECK_THROWS_AS((OneCycle{.peak = bad, .total = 2}(1)), RangeError);
        CHECK_THROWS_AS((OneCycle{.total = 2, .rising = bad}(1)), RangeError);
        CHECK_THROWS_AS((OneCycle{.total = 2, .start = bad}(1)), RangeError);
        CHECK_THROWS_AS((OneCycle{.total = 2, .end = bad}(1)), RangeError);
        CHECK_THROWS_AS(ExponentialDecay{.peak = bad}(1), RangeError);
        CHECK_THROWS_AS(ExponentialDecay{.factor = bad}(1), RangeError);
        CHECK_THROWS_AS((PolynomialDecay{.peak = bad, .total = 2}(1)), RangeError);
        CHECK_THROWS_AS((PolynomialDecay{.total = 2, .power = bad}(1)), RangeError);
        CHECK_THROWS_AS((PolynomialDecay{.total = 2, .floor = bad}(1)), RangeError);
        CHECK_THROWS_AS((Trapezoid{.peak = bad, .total = 2}(1)), RangeError);
        CHECK_THROWS_AS((Trapezoid{.total = 2, .falling = bad}(1)), RangeError);
        CHECK_THROWS_AS((Trapezoid{.total = 2, .floor = bad}(1)), RangeError);
        CHECK_THROWS_AS(WarmRestarts{.peak = bad}(1), RangeError);
        CHECK_THROWS_AS(WarmRestarts{.floor = bad}(1), RangeError);
        CHECK_THROWS_AS((ReduceOnPlateau{.peak = bad}(1, {})), RangeError);
        CHECK_THROWS_AS((ReduceOnPlateau{.factor = bad}(1, {})), RangeError);
        CHECK_THROWS_AS((ReduceOnPlateau{.threshold = bad}(1, {})), RangeError);
        CHECK_THROWS_AS((ReduceOnPlateau{.floor = bad}(1, {})), RangeError);
    }
    CHECK_THROWS_AS((OneCycle{.total = 2, .rising = 1.5}(1)), RangeError);
    CHECK_THROWS_AS((Trapezoid{.total = 2, .falling = 1.5}(1)), RangeError);
    CHECK_THROWS_AS((ReduceOnPlateau{.factor = 1}(1, {})), RangeError);
    for (const std::string& text : {text_of([] { WarmupCosine{}(1); }), text_of([] { OneCycle{}(1); }),
                                    text_of([] { PolynomialDecay{}(1); }), text_of([] { Trapezoid{}(1); })})
        CHECK_THAT(text, Containing("total is 0; expected the run's steps, 1 or more (fit() fills in a 0)"));
    CHECK_THROWS_AS(ConstantRate{.warmup = -1}(1), RangeError);
    CHECK_THROWS_AS(StepDecay{.every = -1}(1), RangeError);
    CHECK_THROWS_AS(ExponentialDecay{.warmup = -1}(1), RangeError);
    CHECK_THROWS_AS((PolynomialDecay{.warmup = -1, .total = 2}(1)), RangeError);
    CHECK_THROWS_AS((Trapezoid{.warmup = -1, .total = 2}(1)), RangeError);
    CHECK_THROWS_AS(WarmRestarts{.period = 0}(1), RangeError);
    CHECK_THROWS_AS(WarmRestarts{.longer = 0}(1), RangeError);
    CHECK_THROWS_AS((ReduceOnPlateau{.warmup = -1}(1, {})), RangeError);
    CHECK_THROWS_AS((ReduceOnPlateau{.patience = -1}(1, {})), RangeError);
    CHECK_THROWS_AS((ReduceOnPlateau{.cooldown = -1}(1, {})), RangeError);
    CHECK_THROWS_AS(WarmupCosine{.total = -1}(1), RangeError);
    CHECK_THROWS_AS(InverseSquareRoot{.warmup = -1}(1), RangeError);
    CHECK_THAT(text_of([] { ConstantRate{}(0); }), StartsWith("ConstantRate: step is 0; expected 1 or more\n"));
}
