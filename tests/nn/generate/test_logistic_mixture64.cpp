// Discretised mixtures of logistic distributions against their definition.
#include <cmath>
#include <heed/nn/generate/logistic_mixture.hpp>
#include <heed/tests/layers.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

long double logistic(long double x) { return 1 / (1 + std::exp(-x)); }

// The definition: the mass between value - 1/2 and value + 1/2, and at the ends what lies beyond.
long double probability(const Array& parameters, Dim row, Dim k, Dim value, Dim levels) {
    const Real* p = parameters.data() + row * 3 * k;
    long double total = 0, sum = 0;
    for (Dim i = 0; i < k; ++i) total += std::exp(static_cast<long double>(p[i]));
    for (Dim i = 0; i < k; ++i) {
        const long double centre = (1 + static_cast<long double>(p[k + i])) * static_cast<long double>(levels - 1) / 2;
        const long double scale =
            static_cast<long double>(levels) / 10 / std::exp(std::clamp<long double>(p[2 * k + i], -4, 5));
        const long double above = value == levels - 1 ? 1 : logistic((value + 0.5L - centre) / scale);
        const long double below = value == 0 ? 0 : logistic((value - 0.5L - centre) / scale);
        sum += std::exp(static_cast<long double>(p[i])) / total * (above - below);
    }
    return sum;
}

Array values_of(const Shape& shape, Dim value) { return filled(shape, static_cast<Real>(value)); }

}  // namespace

TEST_CASE("nn: a mixture of logistic distributions gives each number the mass around it", "[nn]") {
    for (const Dim levels : {2, 7, 256})
        for (const Dim k : {1, 4}) {
            const Array parameters = noise({50, 3 * k}, static_cast<std::uint64_t>(10 * levels + k));
            std::vector<double> sums(50);
            for (Dim value = 0; value < levels; ++value) {
                const Array log_p = nn::logistic_mixture_log_p(parameters, values_of({50}, value), levels).value();
                for (Dim row = 0; row < 50; ++row) {
                    const double p = std::exp(log_p(row));
                    CHECK(p == Approx(static_cast<double>(probability(parameters, row, k, value, levels)))
                                   .epsilon(1e-9)
                                   .margin(1e-15));
                    sums[static_cast<std::size_t>(row)] += p;
                }
            }
            for (const double sum : sums) CHECK(sum == Approx(1).epsilon(1e-9));
        }
}

TEST_CASE("nn: a mixture of logistic distributions is finite far out, and so are its gradients", "[nn]") {
    const Var parameters = Var::leaf(array_of({3, 3}, {0, 40, 9, 0, -1, 5, 5, 0, -9}), "parameters");
    Tape tape;
    const Var log_p = nn::logistic_mixture_log_p(parameters, array_of({3}, {0, 255, 128}));
    CHECK(all(isfinite(log_p)).item() == 1);
    CHECK(log_p.value()(0) < -20000);  // 40 half ranges away, at the steepest
    CHECK(all(isfinite(Var(gradient(sum(log_p), {parameters})[0]))).item() == 1);
}

TEST_CASE("nn: gradients through a mixture of logistic distributions", "[nn]") {
    const Var parameters = Var::leaf(noise({2, 5, 12}, 3), "parameters");
    Array values = Array::from_shape({2, 5});
    for (Dim i = 0; i < 10; ++i) values.data()[i] = static_cast<Real>(i == 9 ? 255 : 25 * i);
    check_gradients({parameters}, "", [&] { return nn::logistic_mixture_log_p(parameters, values); });
}

TEST_CASE("nn: a mixture of logistic distributions refuses what does not fit", "[nn]") {
    const auto refusal = [](const Shape& parameters, const Array& values, Dim levels) {
        return text_of([&] { nn::logistic_mixture_log_p(filled(parameters, 0), values, levels); });
    };
    CHECK_THAT(refusal({2, 4}, filled({2}, 0), 256),
               StartsWith("logistic_mixture_log_p: argument 'parameters' has shape (2, 4); expected (..., 3 k)"));
    CHECK_THAT(refusal({2, 3}, filled({3}, 0), 256),
               StartsWith("logistic_mixture_log_p: argument 'values' has shape (3); expected (2) because of 'param"));
    CHECK_THAT(refusal({2, 3}, filled({2}, 4), 4),
               StartsWith("logistic_mixture_log_p: 'values' has 4; expected 0 to 3"));
    CHECK_THAT(refusal({2, 3}, filled({2}, 0), 1), StartsWith("logistic_mixture_log_p: 1 levels; expected at least 2"));
}
