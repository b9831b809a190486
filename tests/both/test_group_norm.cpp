// group_norm beside its definition in long double, for channels and positions that fill vectors and that do not; and
// the same bits for an example alone and on any number of threads.
#include <cmath>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/ops.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

struct Sizes {
    Dim batch, positions, channels, groups;
};

struct Result {
    std::vector<double> y, dx, dgain, dbias;
};

Result by_definition(const Sizes& s, const Array& x, const Array& gain, const Array& bias, const Array& dy,
                     double eps) {
    using Exact = long double;
    const Dim width = s.channels / s.groups;
    Result r;
    r.y.resize(static_cast<std::size_t>(count(x)));
    r.dx = r.y;
    std::vector<Exact> dgain(static_cast<std::size_t>(s.channels)), dbias = dgain;
    for (Dim row = 0; row < s.batch * s.groups; ++row) {
        const Dim b = row / s.groups, first = row % s.groups * width;
        const auto each = [&](auto f) {  // f(offset, channel)
            for (Dim p = 0; p < s.positions; ++p)
                for (Dim c = first; c < first + width; ++c) f((b * s.positions + p) * s.channels + c, c);
        };
        const Exact n = static_cast<Exact>(s.positions * width);
        Exact mean = 0, variance = 0, mean_g = 0, mean_gh = 0;
        each([&](Dim i, Dim) { mean += Exact{x.data()[i]} / n; });
        each([&](Dim i, Dim) { variance += (x.data()[i] - mean) * (x.data()[i] - mean) / n; });
        const Exact rstd = 1 / std::sqrt(variance + Exact{eps});
        each([&](Dim i, Dim c) {
            const Exact h = (x.data()[i] - mean) * rstd, g = Exact{dy.data()[i]} * gain.data()[c];
            r.y[static_cast<std::size_t>(i)] = static_cast<double>(h * gain.data()[c] + bias.data()[c]);
            mean_g += g / n, mean_gh += g * h / n;
            dgain[static_cast<std::size_t>(c)] += dy.data()[i] * h, dbias[static_cast<std::size_t>(c)] += dy.data()[i];
        });
        each([&](Dim i, Dim c) {
            const Exact h = (x.data()[i] - mean) * rstd, g = Exact{dy.data()[i]} * gain.data()[c];
            r.dx[static_cast<std::size_t>(i)] = static_cast<double>(rstd * (g - mean_g - h * mean_gh));
        });
    }
    r.dgain.assign(dgain.begin(), dgain.end());
    r.dbias.assign(dbias.begin(), dbias.end());
    return r;
}

Result by_op(const Sizes& s, const Array& x, const Array& gain, const Array& bias, const Array& dy, double eps) {
    const Var vx = Var::leaf(x), vgain = Var::leaf(gain), vbias = Var::leaf(bias);
    Tape tape;
    const Var y = group_norm(vx, s.groups, vgain, vbias, eps);
    const std::vector<Array> d = gradient(sum(y * dy), {vx, vgain, vbias});
    return {elements(y.value()), elements(d[0]), elements(d[1]), elements(d[2])};
}

// The largest difference, as a share of the largest value.
double error_of(const std::vector<double>& got, const std::vector<double>& expected) {
    double most = 0, largest = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        most = std::max(most, std::abs(expected[i]));
        largest = std::max(largest, std::abs(got[i] - expected[i]));
    }
    return largest / most;
}

const std::vector<Sizes> all_sizes{{3, 1, 12, 2},  {2, 64, 4, 2},    {2, 100, 8, 2}, {2, 7, 12, 3},  {3, 64, 16, 4},
                                   {2, 33, 24, 4}, {2, 784, 16, 16}, {1, 50, 64, 1}, {2, 9, 130, 5}, {1, 4000, 2, 2}};

}  // namespace

TEST_CASE("group_norm: beside its definition (" HEED_TAG ")", "[group_norm]") {
    constexpr double unit = std::numeric_limits<Real>::epsilon();
    for (const Sizes& s : all_sizes) {
        INFO(s.batch << " examples, " << s.positions << " positions, " << s.channels << " channels, " << s.groups
                     << " groups");
        const Shape shape{s.batch, s.positions, s.channels};
        const Array gain = randn({s.channels}, {1, 1}).value(), bias = randn({s.channels}, {1, 2}).value(),
                    dy = randn(shape, {1, 3}).value();
        // around 30; in groups that are 10,000 times as wide as others; a millionth as wide
        const Var drawn = randn(shape, {1, 4}), size = exp(3 * randn({s.channels}, {1, 5}));
        for (const Array& x : {(drawn + 30).value(), (drawn * size).value(), (drawn * Real(1e-6)).value()}) {
            const Result got = by_op(s, x, gain, bias, dy, 1e-9), expected = by_definition(s, x, gain, bias, dy, 1e-9);
            CHECK(error_of(got.y, expected.y) < 200 * unit);
            CHECK(error_of(got.dx, expected.dx) < 200 * unit);
            CHECK(error_of(got.dgain, expected.dgain) < 200 * unit);
            CHECK(error_of(got.dbias, expected.dbias) < 200 * unit);
        }
    }
}

TEST_CASE("group_norm: the same bits alone and on any number of threads (" HEED_TAG ")", "[group_norm][threads]") {
    const int before = threads();
    for (const Sizes& s : all_sizes) {
        const Shape shape{s.batch, s.positions, s.channels};
        const Array x = randn(shape, {2, 1}).value(), gain = randn({s.channels}, {2, 2}).value(),
                    bias = randn({s.channels}, {2, 3}).value(), dy = randn(shape, {2, 4}).value();
        const auto run = [&](int number) {
            set_threads(number);
            const Result r = by_op(s, x, gain, bias, dy, 1e-5);
            return std::vector{r.y, r.dx, r.dgain, r.dbias};
        };
        CHECK(run(1) == run(3));
        const Sizes alone{1, s.positions, s.channels, s.groups};
        const Result first = by_op(alone, slice(Var(x), 0, 0, 1).value(), gain, bias, slice(Var(dy), 0, 0, 1).value(),
                                   1e-5),
                     all = by_op(s, x, gain, bias, dy, 1e-5);
        CHECK(first.y == std::vector(all.y.begin(), all.y.begin() + static_cast<std::ptrdiff_t>(first.y.size())));
        CHECK(first.dx == std::vector(all.dx.begin(), all.dx.begin() + static_cast<std::ptrdiff_t>(first.dx.size())));
    }
    set_threads(before);
}
