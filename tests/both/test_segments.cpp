// Ops on segments of many rows, beside their definition; and the same bits on any number of threads.
#include <cmath>
#include <limits>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/ops.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

// Of the rows of each segment, in float rounded once.
struct Segment {
    double rows = 0, sum = 0, most = -HUGE_VAL, exponentials = 0;
};

std::vector<Segment> segments_of(const Array& x, const Ints& ids, Dim count) {
    std::vector<Segment> all(static_cast<std::size_t>(count));
    const auto each = [&](auto f) {
        for (std::size_t i = 0; i < ids.storage().size(); ++i)
            f(all[static_cast<std::size_t>(ids.storage()[i])], double{x.storage()[i]});
    };
    each([](Segment& s, double v) { s.rows += 1, s.sum += v, s.most = std::max(s.most, v); });
    each([](Segment& s, double v) { s.exponentials += std::exp(v - s.most); });
    return all;
}

}  // namespace

TEST_CASE("segments: of many rows, beside their definition (" HEED_TAG ")", "[segments]") {
    constexpr Dim n = 200000;
    for (const Dim count : {1, 7, 1000, 300000}) {
        INFO(count);
        const Ints ids = randint(0, count, {n}, {1, 2});
        const Var x = randn({n}, {3, 4}) + 1;
        const std::vector<Segment> expected = segments_of(x.value(), ids, count);
        const Array mean = segment_mean(x, ids, count).value(), most = segment_max(x, ids, count).value(),
                    shares = segment_softmax(x, ids, count).value();
        double worst = 0;
        for (std::size_t s = 0; s < expected.size(); ++s) {
            const Segment& e = expected[s];
            const double middle = e.rows > 0 ? e.sum / e.rows : 0, top = e.rows > 0 ? e.most : 0;
            worst = std::max(
                {worst, std::abs(double{mean.storage()[s]} - middle), std::abs(double{most.storage()[s]} - top)});
        }
        CHECK(worst < 2e-6);
        worst = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const Segment& e = expected[static_cast<std::size_t>(ids.storage()[i])];
            const double share = std::exp(double{x.value().storage()[i]} - e.most) / e.exponentials;
            worst = std::max(worst, std::abs(double{shares.storage()[i]} / share - 1));
        }
        CHECK(worst < 2e-6);
    }
}

TEST_CASE("segments: no rows, -inf alone, and a NaN (" HEED_TAG ")", "[segments]") {
    const Real inf = std::numeric_limits<Real>::infinity();
    const Ints ids{0, 2, 2, 4, 4};
    const Var x(Array{-inf, 1, inf, NAN, 3});
    const std::vector<double> most = elements(segment_max(x, ids, 5).value());
    CHECK((most[0] == -HUGE_VAL && most[1] == 0 && most[2] == HUGE_VAL && most[3] == 0 && std::isnan(most[4])));
    CHECK(elements(segment_mean(Var(Array{2, 4}), Ints{2, 2}, 4).value()) == std::vector<double>{0, 0, 3, 0});
    CHECK(elements(segment_softmax(Var(Array{-inf, -inf, -inf, 5}), Ints{1, 0, 0, 1}, 2).value()) ==
          std::vector<double>{0, 0, 0, 1});
    const std::vector<double> shares = elements(segment_softmax(x, ids, 5).value());
    CHECK((shares[0] == 0 && std::isnan(shares[3]) && std::isnan(shares[4])));
}

TEST_CASE("segments: the same bits on any number of threads (" HEED_TAG ")", "[segments][threads]") {
    constexpr Dim n = 50000, width = 3;
    const int before = threads();
    for (const Dim count : {5, 4000}) {
        const Ints ids = randint(0, count, {n}, {5, 6});
        const Var x = Var::leaf(randn({n, width}, {7, 8}).value());
        const auto run = [&](int number) {
            set_threads(number);
            Tape tape;
            const Var max = segment_max(x, ids, count), mean = segment_mean(x, ids, count),
                      shares = segment_softmax(x, ids, count);
            const Array dx = gradient(sum(max * mean) + sum(square(shares)), {x})[0];
            return std::vector{elements(max.value()), elements(mean.value()), elements(shares.value()), elements(dx)};
        };
        CHECK(run(1) == run(3));
    }
    set_threads(before);
}
