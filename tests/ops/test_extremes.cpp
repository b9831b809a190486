// Norms and derivatives of values whose squares no float holds. Expected values: from the definition.
#include <cmath>
#include <limits>
#include <heed/ops/attention/attention.hpp>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/ops.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

struct Norm {
    double length;
    std::vector<double> gradient, by_ops;
};

Norm norm_of(const Array& at) {
    const Var x = Var::leaf(at);
    Tape tape;
    HigherOrder higher;
    const Var y = norm(x);
    const Var dx = higher.gradient(y, {x})[0];
    return {double{y.item()}, elements(gradient(y, {x}, {}, keep_recording)[0]), elements(dx.value())};
}

}  // namespace

TEST_CASE("extremes: norm and its gradient where squares vanish or overflow", "[extremes]") {
    using Values = std::vector<double>;
    for (const float size : {1e-45f, 1e-40f, 1e-38f, 1e-20f, 1.f, 1e20f, 3e38f}) {
        INFO(size);
        const Norm n = norm_of(Array{size, 0});
        CHECK(n.length == double{size});
        CHECK(n.gradient == Values{1, 0});
        CHECK(n.by_ops == Values{1, 0});
    }
    for (const float unit : {1e-45f, 1e-42f, 1e-30f, 1e30f, 5e37f}) {
        INFO(unit);
        const Norm n = norm_of(Array{3 * unit, -4 * unit});
        const double x = double{3 * unit}, y = double{-4 * unit};
        for (const Values& g : {n.gradient, n.by_ops}) {
            CHECK(g[0] == Approx(x / std::hypot(x, y)).epsilon(1e-6));
            CHECK(g[1] == Approx(y / std::hypot(x, y)).epsilon(1e-6));
        }
    }
    const Norm none = norm_of(Array{0, 0});
    CHECK((none.length == 0 && none.gradient == Values{0, 0} && none.by_ops == Values{0, 0}));
    const Norm infinite = norm_of(Array{std::numeric_limits<float>::infinity(), 1});
    CHECK((std::isinf(infinite.length) && infinite.gradient[1] == 0));
}

TEST_CASE("extremes: other rows do not change a norm's bits", "[extremes]") {
    const Array ordinary{{0.3f, -1.7f, 2.9f}}, mixed{{0.3f, -1.7f, 2.9f}, {0, 0, 0}, {1e-40f, 1e38f, 0}};
    const auto run = [](const Array& x) {
        const Var leaf = Var::leaf(x);
        Tape tape;
        const Var y = norm(leaf, -1);
        tape.backward(sum(y));
        std::vector<double> all = elements(y.value());
        all.resize(1);
        for (const double g : elements(leaf.grad())) all.push_back(g);
        all.resize(4);
        return all;
    };
    CHECK(run(ordinary) == run(mixed));
}

TEST_CASE("extremes: cosine scores of tiny and huge vectors", "[extremes]") {
    for (const float size : {1e-40f, 1e-25f, 1e25f, 1e38f}) {
        INFO(size);
        const Var q = Var::leaf(reshaped(Array{size, 0}, {1, 1, 1, 2})),
                  k = Var::leaf(reshaped(Array{size, 0, 0, size}, {1, 1, 2, 2}));
        const Var v(reshaped(Array{1, 0}, {1, 1, 2, 1}));
        const double expected = 1 / (1 + std::exp(-1.0));
        {
            const Var y = attention(q, k, v, {.score = score::cosine()});
            CHECK(double{y.item()} == Approx(expected).epsilon(1e-6));
        }
        Tape tape;
        tape.backward(sum(attention(q, k, v, {.score = score::cosine()})));
        CHECK(q.grad().storage()[0] == 0);  // a longer query is the same query
        CHECK(k.grad().storage()[0] == 0);
        CHECK_FALSE(std::isnan(q.grad().storage()[1]));
        if (size > 1)
            CHECK(double{q.grad().storage()[1]} * double{size} == Approx(-expected * (1 - expected)).epsilon(1e-5));
    }
}

TEST_CASE("extremes: gradients by ops at 1e20 are the tape's", "[extremes]") {
    for (Var (*f)(In) : {&gelu_tanh, &gelu, &silu, &tanh, &softplus, &erf, &mish, &hardswish}) {
        const Var x = Var::leaf(Array{1e20f, -1e20f, 1e38f, -1e38f});
        Tape tape;
        HigherOrder higher;
        const Var y = sum(f(x)), by_ops = higher.gradient(y, {x})[0];
        CHECK(elements(by_ops.value()) == elements(gradient(y, {x}, {}, keep_recording)[0]));
        CHECK(elements(higher.gradient(sum(by_ops), {x})[0].value()) == std::vector<double>(4, 0));
    }
}

TEST_CASE("extremes: the logarithm of values below the smallest normal one", "[extremes]") {
    for (const float x : {1e-37f, 1e-38f, 1e-40f, 1e-45f})
        CHECK(double{log(Var(Array{x})).item()} == Approx(std::log(double{x})).epsilon(1e-6));
    CHECK(std::isinf(log(Var(Array{0})).item()));
    CHECK(std::isnan(log(Var(Array{-1e-40f})).item()));
}

TEST_CASE("extremes: the gradient of logsumexp has the digits of a softmax", "[extremes]") {
    const Var x = Var::leaf(Array{1e7f, 1e7f, 1e7f});
    Tape tape;
    tape.backward(logsumexp(x));
    for (const double g : elements(x.grad())) CHECK(g == Approx(1 / 3.0).epsilon(1e-6));
}

TEST_CASE("extremes: expm1 and log1p keep the digits of small values, and signs of zeros", "[extremes]") {
    for (const float x : {1e-45f, 1e-40f, 1e-20f, 3e-8f, 1e-5f, 0.03f, 0.3f, -1e-45f, -1e-20f, -1e-5f, -0.3f}) {
        CHECK(double{expm1(Var(Array{x})).item()} == Approx(std::expm1(double{x})).epsilon(3e-7));
        CHECK(double{log1p(Var(Array{x})).item()} == Approx(std::log1p(double{x})).epsilon(3e-7));
    }
    CHECK(std::signbit(expm1(Var(Array{-0.0f})).item()));
    CHECK(std::signbit(log1p(Var(Array{-0.0f})).item()));
    CHECK(std::isinf(expm1(Var(Array{89.f})).item()));
    CHECK(double{expm1(Var(Array{88.7f})).item()} == Approx(std::exp(double{88.7f})).epsilon(1e-6));
    CHECK(double{log1p(Var(Array{-1.f})).item()} == -HUGE_VAL);
}

TEST_CASE("extremes: powers of two and their logarithms are exact, also below the smallest normal number",
          "[extremes]") {
    for (int n = -149; n <= 127; ++n) {
        const float power = std::ldexp(1.f, n);
        INFO(n);
        CHECK(exp2(Var(Array{static_cast<float>(n)})).item() == power);
        CHECK(log2(Var(Array{power})).item() == static_cast<float>(n));
    }
    CHECK(std::isinf(exp2(Var(Array{128.f})).item()));
    CHECK(exp2(Var(Array{-151.f})).item() == 0);
}

TEST_CASE("extremes: atan2 of signed zeros, and its gradient where squares vanish or overflow", "[extremes]") {
    const double pi = std::acos(-1.0);
    const auto angle = [](float a, float b) { return double{atan2(Var(Array{a}), Var(Array{b})).item()}; };
    CHECK((angle(0.f, 0.f) == 0 && std::signbit(angle(-0.f, 0.f))));
    CHECK(angle(0.f, -0.f) == Approx(pi));
    CHECK(angle(-0.f, -0.f) == Approx(-pi));
    CHECK(angle(-0.f, -1.f) == Approx(-pi));
    for (const float unit : {1e-38f, 1e-30f, 1e-20f, 1.f, 1e20f, 1e30f, 5e37f}) {
        INFO(unit);
        const Var a = Var::leaf(Array{3 * unit}), b = Var::leaf(Array{-4 * unit});
        Tape tape;
        HigherOrder higher;
        const Var y = atan2(a, b);
        const std::vector<Var> by_ops = higher.gradient(y, {a, b});
        tape.backward(y);
        for (const double da : {double{a.grad().storage()[0]}, double{by_ops[0].item()}})
            CHECK(da * double{unit} == Approx(-4.0 / 25).epsilon(1e-5));
        for (const double db : {double{b.grad().storage()[0]}, double{by_ops[1].item()}})
            CHECK(db * double{unit} == Approx(-3.0 / 25).epsilon(1e-5));
    }
}
