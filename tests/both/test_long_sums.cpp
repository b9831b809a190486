// Sums over millions of elements, most of them equal, so that the right value is known: what a single chain of float
// additions gets wrong by percents. The same for 10^8 elements: bench/micro_sums.cpp.
#include <cmath>
#include <heed/core/base/parallel.hpp>
#include <heed/nn/optim/clip.hpp>
#include <heed/nn/optim/sum_of_squares.hpp>
#include <heed/nn/params/init.hpp>
#include <heed/ops/ops.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/kernel_data.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

constexpr Dim many = Dim{1} << 22;
const double tenth = static_cast<double>(static_cast<Real>(0.1));  // as Real has it

// The largest relative error of the elements against `wanted`.
double error_of(const Array& x, double wanted) {
    double most = 0;
    for (const double v : elements(x)) most = std::max(most, std::abs(v / wanted - 1));
    return most;
}

// The gradient of x by the sum of f(x) / 10.
template <class F>
Array gradient_of_tenths(const Var& x, F&& f) {
    Tape tape;
    return gradient(sum(f(x) * 0.1), {x})[0];
}

}  // namespace

TEST_CASE("long sums: over any axes (" HEED_TAG ")", "[sums]") {
    for (const double value : {0.1, 1.0, 1.7, 3e5}) {
        CAPTURE(value);
        const double v = static_cast<double>(static_cast<Real>(value)), n = many;
        const Var x = filled({many}, static_cast<Real>(value));
        CHECK(error_of(sum(x).value(), n * v) < 1e-6);
        CHECK(error_of(mean(x).value(), v) < 1e-6);
        CHECK(error_of(norm(x).value(), std::sqrt(n) * v) < 1e-6);
        CHECK(error_of(mean(reshape(x, {many / 2, 2}), 0).value(), v) < 1e-6);
        CHECK(error_of(sum(reshape(x, {many / 64, 64}), 0).value(), n / 64 * v) < 1e-6);
        CHECK(error_of(sum(reshape(x, {2, many / 16, 8}), 1).value(), n / 16 * v) < 1e-6);
        CHECK(error_of(sum(reshape(x, {many / 8, 2, 4}), {0, 2}).value(), n / 2 * v) < 1e-6);
    }
    CHECK(error_of(logsumexp(zeros({many})).value(), std::log(double{many})) < 1e-6);
    CHECK(error_of(softmax(zeros({many})).value(), 1.0 / many) < 1e-6);
}

TEST_CASE("long sums: variance of what is equal, and of what is far from zero (" HEED_TAG ")", "[sums]") {
    CHECK(elements(variance(Var(filled({1000000, 2}, 100)), 0).value()) == std::vector<double>{0, 0});
    CHECK(variance(Var(filled({1000000}, Real(0.1)))).item() < 1e-20);
    const Var pair = Var(array_of({2}, {16777216, 16777218}));  // no float lies between
    CHECK(variance(pair).item() == 1);
    CHECK(variance(repeat(pair, 1000, 0)).item() == 1);
}

TEST_CASE("long sums: every element of a running sum (" HEED_TAG ")", "[sums]") {
    constexpr Dim n = Dim{1} << 20;
    const auto worst = [](const Array& sums, bool reverse) {
        double most = 0;
        const std::vector<double> s = elements(sums);
        const std::size_t inner = sums.dimension() == 1 ? 1 : 3, rows = s.size() / inner;
        for (std::size_t i = 0; i < s.size(); ++i) {
            const std::size_t row = i / inner, terms = reverse ? rows - row : row + 1;
            most = std::max(most, std::abs(s[i] / (static_cast<double>(terms) * tenth) - 1));
        }
        return most;
    };
    const Var x = filled({n}, Real(0.1)), rows = filled({n / 4, 3}, Real(0.1));
    CHECK(worst(cumsum(Var(x), 0).value(), false) < 1e-6);
    CHECK(worst(cumsum(rows, 0).value(), false) < 1e-6);
    CHECK(worst(gradient_of_tenths(Var::leaf(x.value()), [](In v) { return cumsum(v, 0); }), true) < 1e-6);
}

TEST_CASE("long sums: gradients of what was broadcast (" HEED_TAG ")", "[sums]") {
    const double n = many;
    const auto check = [n](const Shape& shape, auto f) {
        const Var x = Var::leaf(filled(shape, Real(0.5)));
        const double uses = n / static_cast<double>(x.size());
        return error_of(gradient_of_tenths(x, f), uses * tenth) < 1e-6;
    };
    CHECK(check({2}, [](In b) { return zeros({many / 2, 2}) + b; }));
    CHECK(check({1024}, [](In b) { return zeros({many / 1024, 1024}) + b; }));
    CHECK(check({4, 1}, [](In b) { return zeros({4, many / 4}) + b; }));
    CHECK(check({2, 1, 4}, [](In b) { return zeros({many / 512, 2, 64, 4}) + b; }));
    CHECK(check({}, [](In b) { return expand(b, {many}); }));
    CHECK(check({2, 2}, [](In b) { return repeat(b, many / 4, 0); }));
    const Var rows = Var(filled({many / 4, 4}, 1)), images = Var(filled({1, many / 4, 4}, 1)),
              gain = Var(filled({4}, 1));
    CHECK(check({4}, [&](In b) { return layer_norm(rows, gain, b); }));
    CHECK(check({4}, [&](In b) { return group_norm(images, 2, gain, b); }));
    CHECK(check({4}, [&](In b) { return batch_norm(images, gain, b); }));
    const Array through = gradient_of_tenths(Var::leaf(gain.value()), [&](In g) { return rms_norm(rows, g); });
    CHECK(error_of(through, n / 4 * tenth / std::sqrt(1 + 1e-6)) < 1e-6);
}

TEST_CASE("long sums: statistics of long rows (" HEED_TAG ")", "[sums]") {
    constexpr Dim n = many / 4;
    Array x = Array::from_shape({2, n});  // 0.1 and 0.3 in turn
    for (Dim i = 0; i < 2 * n; ++i) x.data()[i] = i % 2 ? Real(0.3) : Real(0.1);
    const Var one = Var(filled({n}, 1)), zero = zeros({n});
    const double root = std::sqrt(0.05);
    const Array centred = layer_norm(x, one, zero, 1e-12).value(), scaled = rms_norm(x, one, 1e-12).value();
    CHECK(centred(0, 0) == Approx(-1).epsilon(1e-5));
    CHECK(centred(1, n - 1) == Approx(1).epsilon(1e-5));
    CHECK(scaled(0, n - 1) == Approx(0.3 / root).epsilon(1e-6));
    const Array grouped = group_norm(reshape(Var(x), {2, n, 1}), 1, filled({1}, 1), filled({1}, 0), 1e-12).value();
    CHECK(grouped(0, 0, 0) == Approx(-1).epsilon(1e-5));
    CHECK(grouped(1, n - 1, 0) == Approx(1).epsilon(1e-5));
    BatchMoments moments;
    const Var apart = concat({reshape(Var(x), {2 * n, 1}), filled({2 * n, 1}, Real(0.1))});
    const Array by_batch = batch_norm(apart, filled({2}, 1), filled({2}, 0), 1e-12, &moments).value();
    CHECK(moments.mean(0) == Approx(0.2).epsilon(1e-6));
    CHECK(moments.variance(0) == Approx(0.01).epsilon(1e-5));
    CHECK(moments.variance(1) == 0);
    CHECK(by_batch(2 * n - 1, 0) == Approx(1).epsilon(1e-6));
    CHECK(by_batch(2 * n - 1, 1) == Approx(0).margin(1e-9));
}

TEST_CASE("long sums: many elements into one (" HEED_TAG ")", "[sums]") {
    constexpr Dim n = many / 2;
    Ints ids = Ints::from_shape({n});
    std::fill_n(ids.data(), n, 1);
    ids(7) = 0;  // another has few
    const double most = (double{n} - 1) * tenth;
    const auto check = [&](const Array& x) {
        return x.storage()[2] == 0 && std::abs(static_cast<double>(x.storage()[0]) / tenth - 1) < 1e-6 &&
               std::abs(static_cast<double>(x.storage()[1]) / most - 1) < 1e-6;
    };
    const Var none = Var::leaf(filled({3}, 0)), tenths = filled({n}, Real(0.1));
    CHECK(check(segment_sum(tenths, ids, 3).value()));
    CHECK(check(scatter_add(none, reshaped(ids, {n}), tenths, 0).value()));
    CHECK(check(gradient_of_tenths(none, [&](In x) { return gather(x, ids, 0); })));
    CHECK(check(gradient_of_tenths(none, [&](In x) { return take(x, ids, 0); })));
    const Array wide = gradient_of_tenths(Var::leaf(filled({3, 2}, 0)), [&](In x) { return take_rows(x, ids); });
    for (const Dim column : {0, 1}) CHECK(check(array_of({3}, {wide(0, column), wide(1, column), wide(2, column)})));
}

TEST_CASE("long sums: windows and resampling (" HEED_TAG ")", "[sums]") {
    constexpr Dim n = 8192, window = 4096;
    const Var tenths = filled({1, many, 1}, Real(0.1));
    CHECK(error_of(avg_pool1d(tenths, many).value(), tenth) < 1e-6);
    Array hill = filled({1, n, 1}, 0);
    hill(0, window, 0) = 1;
    const Var x = Var::leaf(hill);
    const auto peak = [&](auto f) { return static_cast<double>(gradient_of_tenths(x, f)(0, window, 0)); };
    CHECK(peak([](In v) { return max_pool1d(v, window, {.stride = 1}); }) == Approx(window * tenth).epsilon(1e-6));
    CHECK(peak([](In v) { return avg_pool1d(v, window, {.stride = 1}); }) == Approx(tenth).epsilon(1e-6));
    const Var one = Var::leaf(filled({1, 1, 2}, 1)), two = Var::leaf(filled({1, 2, 1}, 1));
    CHECK(error_of(gradient_of_tenths(one, [](In v) { return interpolate(v, {many / 4}); }), many / 4 * tenth) < 1e-6);
    CHECK(error_of(gradient_of_tenths(two, [](In v) { return interpolate(v, {many / 4}, {.nearest = true}); }),
                   many / 8 * tenth) < 1e-6);
}

TEST_CASE("long sums: a value that is used many times (" HEED_TAG ")", "[sums]") {
    constexpr Dim uses = 20000;
    const Var w = Var::leaf(array_of({2}, {1, 2})), x = Var::leaf(filled({8, 2}, 1));
    const auto loss = [&](const Var& of) {
        std::vector<Var> terms;
        for (Dim i = 0; i < uses; ++i) terms.push_back(of * 0.1);
        return sum(concat(terms));
    };
    {
        Tape tape;
        tape.backward(loss(w));
        CHECK(error_of(w.grad(), uses * tenth) < 1e-6);
    }
    {
        Tape tape;  // a value in between, and what gradient() asks for
        const Var between = w * 1;
        const std::vector<Array> asked = gradient(loss(between), {w, between});
        CHECK(error_of(asked[0], uses * tenth) < 1e-6);
        CHECK(error_of(asked[1], uses * tenth) < 1e-6);
    }
    w.clear_grad();
    for (Dim i = 0; i < uses; ++i) {  // accumulated over many sweeps
        Tape tape;
        tape.backward(sum(w * 0.1));
    }
    CHECK(error_of(w.grad(), uses * tenth) < 1e-6);
    w.clear_grad();
    int calls = 0;
    w.on_gradient([&calls](Array g) { return ++calls, g; });
    for (Dim i = 0; i < uses; ++i) {
        Tape tape;
        tape.backward(sum(w * 0.1));
    }
    CHECK(error_of(w.grad(), uses * tenth) < 1e-6);
    CHECK(calls == uses);
    w.clear_hooks();
    w.clear_grad();
    Tape tape;  // each use reads a part of x
    std::vector<Var> terms;
    for (Dim i = 0; i < uses; ++i) terms.push_back(slice(x, 0, i % 4, i % 4 + 1) * 0.1);
    tape.backward(sum(concat(terms)));
    CHECK(x.grad()(0, 0) == Approx(uses / 4 * tenth).epsilon(1e-6));
    CHECK(x.grad()(3, 1) == Approx(uses / 4 * tenth).epsilon(1e-6));
    CHECK(x.grad()(4, 0) == 0);
}

TEST_CASE("long sums: infinities and NaN stay what they are (" HEED_TAG ")", "[sums]") {
    const Real inf = test::inf;
    Array x = filled({5000}, 1);
    x(4321) = inf;
    CHECK(sum(Var(x)).item() == inf);
    CHECK(cumsum(Var(x), 0).value()(4320) == 4321);
    CHECK(cumsum(Var(x), 0).value()(4999) == inf);
    const Var w = Var::leaf(filled({1}, 1));
    Tape tape;
    std::vector<Var> terms;
    for (Dim i = 0; i < 100; ++i) terms.push_back(w * (i == 50 ? static_cast<double>(inf) : 1));
    tape.backward(sum(concat(terms)));
    CHECK(w.grad()(0) == inf);
}

TEST_CASE("long sums: a row's bits depend neither on other rows nor on threads (" HEED_TAG ")", "[sums]") {
    constexpr Dim rows = 300, n = 5000;
    const Var x = Var::leaf(array_over(Storage<Real>(rows * n, 0), {rows, n}));
    for (Dim i = 0; i < rows * n; ++i)
        x.mutable_value().data()[i] = static_cast<Real>(std::sin(static_cast<double>(i)));
    const Var one = Var(filled({n}, 1)), last = Var(slice(x, 0, rows - 1, rows).value());
    const auto all = [&](const Var& v) {
        return std::vector<Var>{sum(v, -1), softmax(v), logsumexp(v, -1), layer_norm(v, one, one), cumsum(v, -1)};
    };
    const std::vector<Var> together = all(x), alone = all(last);
    for (std::size_t i = 0; i < alone.size(); ++i)
        CHECK(slice(together[i], 0, rows - 1, rows).value().storage() == alone[i].value().storage());

    Ints ids = Ints::from_shape({rows});
    for (Dim i = 0; i < rows; ++i) ids(i) = i % 3;
    const auto sums = [&] {
        const Var gain = Var::leaf(filled({n}, 1)), bias = Var::leaf(filled({n}, 0));
        Tape tape;
        tape.backward(sum(layer_norm(x, gain, bias) * x) + sum(segment_sum(x, ids, 3)) + sum(x + bias));
        std::vector<double> got = elements(gain.grad());
        for (const Array& more :
             {bias.grad(), sum(x, 0).value(), sum(x, -1).value(), segment_sum(x, ids, 3).value(), cumsum(x, 0).value()})
            for (const double v : elements(more)) got.push_back(v);
        x.clear_grad();
        return got;
    };
    const test::Threads one_thread(1);
    const std::vector<double> once = sums();
    for (const int threads : {2, 3}) {
        set_threads(threads);
        CHECK(sums() == once);
    }
}

TEST_CASE("long sums: the norm of gradients, by blocks and a tree (" HEED_TAG ")", "[sums]") {
    constexpr Dim block = 65536;
    const Array a = filled({2 * block + 5}, Real(0.1)), b = filled({7}, Real(0.3)), tiny = filled({block}, Real(1e-12));
    const auto of = [](std::initializer_list<Array> arrays) {
        return nn::sum_of_squares({arrays.begin(), arrays.size()});
    };
    const double whole = of({filled({block}, Real(0.1))}), rest = of({filled({5}, Real(0.1))});
    CHECK(of({a, b}) == (whole + whole) + (rest + of({b})));
    CHECK(of({tiny, tiny, a}) == (of({tiny}) + of({tiny})) + (whole + whole) + rest);
    CHECK(of({}) == 0);
    const nn::Params params;
    const Var w = params.make("w", {many}, nn::init::constant(0));
    w.set_grad(filled({many}, Real(0.1)));
    CHECK(nn::clip_gradients(params, 1) == Approx(std::sqrt(double{many}) * tenth).epsilon(1e-9));
    CHECK(error_of(w.grad(), 1 / std::sqrt(double{many})) < 1e-6);
}
