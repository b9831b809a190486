// Heun's method against what it is known to give.
#include <cmath>
#include <heed/nn/generate/ode.hpp>
#include <heed/tests/layers.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

TEST_CASE("nn: Heun's method on dx/dt = a x multiplies by 1 + a h + (a h)^2 / 2 in each step", "[nn]") {
    const double a = -1.5, h = 0.25;
    std::vector<double> asked;
    const auto velocity = [&](const Var& x, double t) {
        asked.push_back(t);
        return a * x;
    };
    const Var x = nn::heun(Var(array_of({2}, {1, -3})), velocity, {.steps = 4});
    const double factor = std::pow(1 + a * h + a * h * a * h / 2, 4);
    CHECK(x.value()(0) == Approx(factor));
    CHECK(x.value()(1) == Approx(-3 * factor));
    CHECK(asked == std::vector<double>{0, 0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 1});
    asked.clear();
    const Var y = nn::heun(Var(array_of({1}, {1})), velocity, {.steps = 2, .from = 1, .to = 2, .last_by_euler = true});
    CHECK(y.value()(0) == Approx((1 + a / 2 + a * a / 8) * (1 + a / 2)));
    CHECK(asked == std::vector<double>{1, 1.5, 1.5});
}

TEST_CASE("nn: the error of Heun's method falls with the square of the step", "[nn]") {
    // dx/dt = x cos t, x(0) = 1: x = e^(sin t).
    const auto error = [](Dim steps) {
        const Var x = nn::heun(Var(array_of({1}, {1})), [](const Var& x, double t) { return x * std::cos(t); },
                               {.steps = steps, .to = 2});
        return std::abs(x.value()(0) - std::exp(std::sin(2.0)));
    };
    CHECK(error(20) / error(40) == Approx(4).epsilon(0.1));
    CHECK(error(80) / error(160) == Approx(4).epsilon(0.05));
}

TEST_CASE("nn: gradients pass through Heun's method", "[nn]") {
    const Var x = Var::leaf(noise({3}, 1), "x"), w = Var::leaf(noise({3}, 2), "w");
    check_gradients({x, w}, "",
                    [&] { return nn::heun(x, [&](const Var& y, double t) { return tanh(w * y) + t; }, {.steps = 3}); });
}

TEST_CASE("nn: Heun's method refuses what makes no sense", "[nn]") {
    const auto same = [](const Var& x, double) { return x; };
    const auto refusal = [](const auto& velocity, const nn::HeunOptions& o) {
        return text_of([&] { nn::heun(Var(filled({2}, 1)), velocity, o); });
    };
    CHECK_THAT(refusal(same, {.steps = 0}), StartsWith("heun: 0 steps; expected at least one"));
    CHECK_THAT(refusal(same, {.to = HUGE_VAL}), StartsWith("heun: from time 0 to inf; expected finite ones"));
    CHECK_THAT(refusal([](const Var& x, double) { return unsqueeze(x, 0); }, {}),
               StartsWith("heun: argument 'velocity' has shape (1, 2); expected (2), as x"));
}
