// Elementwise kernels against the C library in long double; moves of elements against their index formulas.
#include <algorithm>
#include <cmath>
#include <functional>
#include <heed/ops/kernel/elementwise/permute.hpp>
#include <heed/ops/kernel/elementwise/pointwise.hpp>
#include <heed/ops/kernel/fused/adam.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/kernel_data.hpp>

using namespace heed;
using namespace heed::test;
using kernel::Binary;
using kernel::Unary;

namespace {

struct Case {
    Unary f;
    std::function<Exact(Exact)> value, derivative;
    double low = -6, high = 6;
    Exact ulps = 2;   // of the value
    Exact floor = 0;  // absolute error that counts like a relative one, where the result cancels
    Real p = 0, q = 0;
};

Exact logistic(Exact x) { return 1 / (1 + std::exp(-x)); }
Exact phi(Exact x) { return std::erfc(-x / std::sqrt(Exact(2))) / 2; }
const Exact pi = std::acos(Exact(-1));
Exact inner(Exact x) { return std::sqrt(2 / pi) * (x + 0.044715L * x * x * x); }

const std::vector<Case>& cases() {
    static const std::vector<Case> all = {
        {Unary::neg, [](Exact x) { return -x; }, [](Exact) { return -1; }},
        {Unary::abs, [](Exact x) { return std::abs(x); }, [](Exact x) { return x > 0 ? 1 : -1; }},
        {Unary::sign, [](Exact x) { return x > 0   ? 1
                                           : x < 0 ? -1
                                                   : x; }, [](Exact) { return 0; }},
        {Unary::exp, [](Exact x) { return std::exp(x); }, [](Exact x) { return std::exp(x); }, -85, 88},
        {Unary::log, [](Exact x) { return std::log(x); }, [](Exact x) { return 1 / x; }, 0, 40, 2, 1e-3L},
        {Unary::sqrt, [](Exact x) { return std::sqrt(x); }, [](Exact x) { return 1 / (2 * std::sqrt(x)); }, 0, 40},
        {Unary::rsqrt, [](Exact x) { return 1 / std::sqrt(x); }, [](Exact x) { return -0.5L / (x * std::sqrt(x)); }, 0,
         40},
        {Unary::square, [](Exact x) { return x * x; }, [](Exact x) { return 2 * x; }},
        {Unary::cube, [](Exact x) { return x * x * x; }, [](Exact x) { return 3 * x * x; }},
        {Unary::reciprocal, [](Exact x) { return 1 / x; }, [](Exact x) { return -1 / (x * x); }, 0.1, 40},
        {Unary::sin, [](Exact x) { return std::sin(x); }, [](Exact x) { return std::cos(x); }, -60, 60},
        {Unary::cos, [](Exact x) { return std::cos(x); }, [](Exact x) { return -std::sin(x); }, -60, 60},
        {Unary::erf, [](Exact x) { return std::erf(x); }, [](Exact x) { return 2 / std::sqrt(pi) * std::exp(-x * x); },
         -5, 5},
        {Unary::tanh, [](Exact x) { return std::tanh(x); }, [](Exact x) { return 1 - std::tanh(x) * std::tanh(x); },
         -11, 11},
        {Unary::sigmoid, [](Exact x) { return logistic(x); }, [](Exact x) { return logistic(x) * logistic(-x); }, -80,
         80, 3},
        {Unary::relu, [](Exact x) { return x > 0 ? x : 0; }, [](Exact x) { return x > 0; }},
        {Unary::gelu, [](Exact x) { return x * phi(x); },
         [](Exact x) { return phi(x) + x * std::exp(-x * x / 2) / std::sqrt(2 * pi); }, -9, 9, 3, 2},
        {Unary::gelu_tanh, [](Exact x) { return x * (1 + std::tanh(inner(x))) / 2; },
         [](Exact x) {
             const Exact t = std::tanh(inner(x));
             return (1 + t) / 2 + x / 2 * (1 - t * t) * std::sqrt(2 / pi) * (1 + 3 * 0.044715L * x * x);
         },
         -9, 9, 3, 2},
        {Unary::silu, [](Exact x) { return x * logistic(x); },
         [](Exact x) { return logistic(x) * (1 + x * logistic(-x)); }, -80, 80, 4},
        {Unary::softplus, [](Exact x) { return std::log1p(std::exp(x)); }, [](Exact x) { return logistic(x); }, -80, 40,
         3},
        {Unary::log_sigmoid, [](Exact x) { return -std::log1p(std::exp(-x)); }, [](Exact x) { return logistic(-x); },
         -40, 80, 3},
        {Unary::leaky_relu, [](Exact x) { return x < 0 ? x / 4 : x; }, [](Exact x) { return x < 0 ? 0.25L : 1; }, -6, 6,
         1, 0, Real(0.25)},
        {Unary::elu, [](Exact x) { return x < 0 ? 1.5L * std::expm1(x) : x; },
         [](Exact x) { return x < 0 ? 1.5L * std::exp(x) : 1; }, -9, 9, 4, 0, Real(1.5)},
        {Unary::pow_scalar, [](Exact x) { return std::pow(x, 2.5L); }, [](Exact x) { return 2.5L * std::pow(x, 1.5L); },
         0, 30, 2, 0, Real(2.5)},
        {Unary::add_scalar, [](Exact x) { return x + 3; }, [](Exact) { return 1; }, -6, 6, 1, 0, 3},
        {Unary::mul_scalar, [](Exact x) { return x * 3; }, [](Exact) { return 3; }, -6, 6, 1, 0, 3},
        {Unary::clamp, [](Exact x) { return std::clamp<Exact>(x, -2, 3); }, [](Exact x) { return x > -2 && x < 3; }, -6,
         6, 1, 0, -2, 3},
        {Unary::round, [](Exact x) { return std::nearbyint(x); }, [](Exact) { return 0; }},
        {Unary::floor, [](Exact x) { return std::floor(x); }, [](Exact) { return 0; }},
        {Unary::ceil, [](Exact x) { return std::ceil(x); }, [](Exact) { return 0; }},
        {Unary::trunc, [](Exact x) { return std::trunc(x); }, [](Exact) { return 0; }},
        {Unary::exp2, [](Exact x) { return std::exp2(x); }, [](Exact x) { return std::exp2(x) * std::log(Exact(2)); },
         -125, 127},
        {Unary::log2, [](Exact x) { return std::log2(x); }, [](Exact x) { return 1 / (x * std::log(Exact(2))); }, 0,
         40},
        {Unary::expm1, [](Exact x) { return std::expm1(x); }, [](Exact x) { return std::exp(x); }, -20, 88},
        {Unary::log1p, [](Exact x) { return std::log1p(x); }, [](Exact x) { return 1 / (1 + x); }, -0.99, 40},
        {Unary::tan, [](Exact x) { return std::tan(x); }, [](Exact x) { return 1 + std::tan(x) * std::tan(x); }, -60,
         60},
        {Unary::asin, [](Exact x) { return std::asin(x); }, [](Exact x) { return 1 / std::sqrt(1 - x * x); }, -1, 1},
        {Unary::acos, [](Exact x) { return std::acos(x); }, [](Exact x) { return -1 / std::sqrt(1 - x * x); }, -1, 1},
        {Unary::atan, [](Exact x) { return std::atan(x); }, [](Exact x) { return 1 / (1 + x * x); }, -30, 30},
        {Unary::sinh, [](Exact x) { return std::sinh(x); }, [](Exact x) { return std::cosh(x); }, -80, 80},
        {Unary::cosh, [](Exact x) { return std::cosh(x); }, [](Exact x) { return std::sinh(x); }, -80, 80},
        {Unary::mish, [](Exact x) { return x * std::tanh(std::log1p(std::exp(x))); },
         [](Exact x) {
             const Exact t = std::tanh(std::log1p(std::exp(x)));
             return t + x * (1 - t * t) * logistic(x);
         },
         -80, 80, 4},
        {Unary::hardswish, [](Exact x) { return x * std::clamp<Exact>((x + 3) / 6, 0, 1); },
         [](Exact x) { return x < -3  ? 0
                              : x > 3 ? 1
                                      : x / 3 + 0.5L; }, -6, 6, 3},
        {Unary::hardsigmoid, [](Exact x) { return std::clamp<Exact>((x + 3) / 6, 0, 1); },
         [](Exact x) { return std::abs(x) < 3 ? 1 / Exact(6) : 0; }},
    };
    return all;
}

}  // namespace

TEST_CASE("map: every function, its accuracy and its derivative (" HEED_TAG ")", "[kernel]") {
    REQUIRE(cases().size() == kernel::unary_count);
    for (const Case& c : cases()) {
        INFO("function " << static_cast<int>(c.f));
        const Dim n = 40001;  // several threads' worth, and a tail
        const Reals x = draw(n, c.low, c.high), dy = draw(n, -1, 1, 9);
        Reals y = zeros(n), dx = zeros(n);
        kernel::map(c.f, x.data(), y.data(), n, c.p, c.q);
        CHECK(worst(
                  y, n, [&](Dim i) { return c.value(x[at(i)]); }, c.floor) <= c.ulps);
        kernel::map_backward(c.f, kernel::reads_x(c.f) ? x.data() : nullptr, kernel::reads_y(c.f) ? y.data() : nullptr,
                             dy.data(), dx.data(), n, c.p, c.q);
        // A derivative computed from the rounded y (as 1 - y^2) is accurate to a unit of 1, not of its own size.
        CHECK(worst(
                  dx, n, [&](Dim i) { return dy[at(i)] * c.derivative(x[at(i)]); }, 2) <= 8);
    }
}

TEST_CASE("map: an element's bits do not depend on its position or the length (" HEED_TAG ")", "[kernel]") {
    for (const Case& c : cases()) {
        const Reals x = draw(140, c.low, c.high);
        Reals all = zeros(140);
        kernel::map(c.f, x.data(), all.data(), 140, c.p, c.q);
        for (Dim n = 0; n <= 70; ++n) {
            Reals y = zeros(n + 1);
            y[at(n)] = 77;
            kernel::map(c.f, x.data() + n, y.data(), n, c.p, c.q);
            INFO("function " << static_cast<int>(c.f) << " n " << n);
            REQUIRE(y[at(n)] == 77);
            REQUIRE(same_bits(y.data(), all.data() + n, n));
        }
    }
}

TEST_CASE("map: infinities, zero and not-a-number (" HEED_TAG ")", "[kernel]") {
    for (const Case& c : cases()) {
        const Reals x = {not_a_number, inf, -inf, 0, -Real(0)};
        Reals y = zeros(5);
        kernel::map(c.f, x.data(), y.data(), 5, c.p, c.q);
        INFO("function " << static_cast<int>(c.f));
        CHECK(std::isnan(y[0]));
        for (const std::size_t i : {1u, 2u, 3u, 4u}) {
            Exact wanted = c.value(x[i]);
            if (i == 2 && (c.f == Unary::silu || c.f == Unary::gelu || c.f == Unary::gelu_tanh || c.f == Unary::mish ||
                           c.f == Unary::hardswish))
                wanted = 0;  // the limit
            if (i == 1 && c.f == Unary::softplus) wanted = inf;
            INFO("x " << x[i] << " y " << y[i] << " wanted " << wanted);
            CHECK(((std::isnan(wanted) && std::isnan(y[i])) || std::abs(y[i] - wanted) <= 4 * unit || y[i] == wanted));
        }
    }
}

TEST_CASE("binary: same shapes and broadcasts (" HEED_TAG ")", "[kernel]") {
    const auto exact = [](Binary f, Exact a, Exact b) -> Exact {
        switch (f) {
        case Binary::add: return a + b;
        case Binary::sub: return a - b;
        case Binary::mul: return a * b;
        case Binary::div: return a / b;
        case Binary::max: return std::isnan(a) || std::isnan(b) ? Exact(not_a_number) : std::max(a, b);
        case Binary::min: return std::isnan(a) || std::isnan(b) ? Exact(not_a_number) : std::min(a, b);
        case Binary::pow: return std::pow(a, b);
        case Binary::equal: return a == b;
        case Binary::not_equal: return a != b;
        case Binary::less: return a < b;
        case Binary::less_equal: return a <= b;
        case Binary::greater: return a > b;
        case Binary::greater_equal: return a >= b;
        case Binary::atan2: return std::atan2(a, b);
        }
        return 0;
    };
    struct Layout {
        Shape out;
        Dim a[4], b[4];
    };
    const Layout layouts[] = {{{70}, {1}, {1}},
                              {{70}, {1}, {0}},
                              {{70}, {0}, {1}},
                              {{9}, {0}, {0}},
                              {{}, {}, {}},
                              {{3, 5, 17}, {85, 17, 1}, {0, 0, 1}},
                              {{3, 5, 17}, {85, 17, 1}, {5, 1, 0}},
                              {{3, 5, 17}, {0, 1, 0}, {17, 0, 1}},
                              {{4, 1, 6}, {1, 0, 4}, {6, 6, 1}},
                              {{2, 3, 4, 300}, {3600, 1200, 300, 1}, {4, 0, 1, 0}},
                              {{700, 50}, {50, 1}, {1, 0}},
                              {{3, 0}, {0, 1}, {1, 0}}};
    for (int f = 0; f < kernel::binary_count; ++f)
        for (const Layout& l : layouts) {
            Reals a = draw(40000, 0, 2, 1), b = draw(40000, 0, 2, 2);
            for (std::size_t i = 0; i < a.size(); i += 5) b[i] = a[i];
            a[7] = not_a_number;
            b[3] = not_a_number;
            const Dim n = l.out.count();
            Reals y = zeros(n);
            kernel::binary(static_cast<Binary>(f), l.out, a.data(), l.a, b.data(), l.b, y.data());
            const auto wanted = [&](Dim i) {
                Dim at_a = 0, at_b = 0;
                for (Dim axis = l.out.rank() - 1; axis >= 0; --axis) {
                    at_a += i % l.out[at(axis)] * l.a[axis];
                    at_b += i % l.out[at(axis)] * l.b[axis];
                    i /= l.out[at(axis)];
                }
                return exact(static_cast<Binary>(f), a[at(at_a)], b[at(at_b)]);
            };
            INFO("function " << f << " shape " << to_string(l.out));
            CHECK(worst(y, n, wanted, 0) <= 2);
        }
}

TEST_CASE("fused updates (" HEED_TAG ")", "[kernel]") {
    for (Dim n = 0; n <= 70; ++n) {
        const Reals a = draw(n, -1, 1, 1), b = draw(n, 0.5, 1, 2), y0 = draw(n, -1, 1, 3);
        Reals y = y0;
        kernel::axpy(n, Real(0.5), a.data(), y.data());
        kernel::add_to(n, b.data(), y.data());
        kernel::mul_add(n, a.data(), b.data(), y.data());
        kernel::scale(n, 2, y.data());
        CHECK(worst(
                  y, n,
                  [&](Dim i) { return 2 * (y0[at(i)] + 0.5L * a[at(i)] + b[at(i)] + Exact(a[at(i)]) * b[at(i)]); },
                  4) <= 2);
        kernel::fill(n, 3, y.data());
        CHECK(worst(
                  y, n, [](Dim) { return 3; }, 0) == 0);
        Reals p = y0, m = a, v = zeros(n);
        const kernel::AdamStep s{.lr = Real(0.01),
                                 .eps = Real(0.01),
                                 .decay = Real(0.1),
                                 .l2 = Real(0.2),
                                 .correction1 = Real(0.1),
                                 .correction2 = Real(0.001)};
        kernel::adam(s, b.data(), p.data(), m.data(), v.data(), nullptr, n);
        const auto wanted = [&](Dim i) {
            const Exact g = b[at(i)] + Exact(s.l2) * y0[at(i)],
                        first = s.beta1 * Exact(a[at(i)]) + (1 - Exact(s.beta1)) * g,
                        second = (1 - Exact(s.beta2)) * g * g;
            return y0[at(i)] * (1 - Exact(s.lr) * s.decay) -
                   s.lr * (first / s.correction1) / (std::sqrt(second / s.correction2) + s.eps);
        };
        CHECK(worst(p, n, wanted, 1) <= 8);
        Reals largest = zeros(n), bounded = y0, m2 = a, v2 = zeros(n);
        for (Dim i = 1; i < n; i += 2) largest[at(i)] = 4;  // more than the second moment there, elsewhere less
        kernel::adam(s, b.data(), bounded.data(), m2.data(), v2.data(), largest.data(), n);
        for (Dim i = 0; i < n; ++i) {
            CHECK(largest[at(i)] == (i % 2 ? 4 : v[at(i)]));
            if (i % 2 == 0) CHECK(bounded[at(i)] == p[at(i)]);
        }
        const auto with_four = [&](Dim i) {
            const Exact decayed = y0[at(i)] * (1 - Exact(s.lr) * s.decay);
            return i % 2 == 0 ? wanted(i)
                              : decayed - s.lr * (Exact(m[at(i)]) / s.correction1) /
                                              (std::sqrt(4 / Exact(s.correction2)) + s.eps);
        };
        CHECK(worst(bounded, n, with_four, 1) <= 8);
    }
}
