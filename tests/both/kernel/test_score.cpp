// Scores written as lambdas: values and derivatives against formulas, for the file's own instruction set and for all of
// them.
#include <array>
#include <cmath>
#include <limits>
#include <string_view>
#include <fmt/format.h>
#include <heed/core/base/isa.hpp>
#include <heed/ops/attention/score.hpp>
#include <heed/tests/both/kernel/score_tile.hpp>
#include <heed/tests/both/kernel/scores.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::test;

namespace {

const Formula weighted_l1{.value = [](Exact q, Exact k, Exact w) { return w * std::abs(q - k); },
                          .by_q = [](Exact q, Exact k, Exact w) { return q == k  ? 0
                                                                         : q > k ? w
                                                                                 : -w; },
                          .by_k = [](Exact q, Exact k, Exact w) { return q == k  ? 0
                                                                         : q > k ? -w
                                                                                 : w; },
                          .by_w = [](Exact q, Exact k, Exact) { return std::abs(q - k); }};
const Formula gauss{.value = [](Exact q, Exact k, Exact) { return -(q - k) * (q - k) / 2; },
                    .by_q = [](Exact q, Exact k, Exact) { return k - q; },
                    .by_k = [](Exact q, Exact k, Exact) { return q - k; },
                    .by_w = nullptr};

void check_pairwise(const Score& score, const Formula& f) {
    for (const auto& [rows, keys, width] :
         {std::array<Dim, 3>{1, 1, 1}, {3, 5, 2}, {2, 33, 7}, {67, 19, 9}, {4, 70, 21}}) {
        INFO(rows << " " << keys << " " << width);
        PairwiseTile t(rows, keys, width, 2);
        t.k[0] = t.q[0];  // the kink of |q - k|
        t.run(*score.functions, score.self.get());
        t.check(f, 16, 64);
        for (Dim i = 0; i < rows; ++i) t.ds[at(i * keys + keys - 1)] = 0;  // a masked key may hold anything
        t.k[at(keys * width - 1)] = not_a_number;
        t.run(*score.functions, score.self.get());
        CHECK(std::isnan(t.s[at(keys - 1)]));
        t.k[at(keys * width - 1)] = 0;
        PairwiseTile finite = t;
        finite.run(*score.functions, score.self.get());
        t.s = finite.s;
        t.check(f, 16, 64);
    }
}

// f(s) and its derivative for 33 values of s, against the formulas.
template <class F>
void check_function(F f, Exact (*value)(Exact), Exact (*derivative)(Exact), double low, double high) {
    const Score score = score::dot(f);
    const Reals x = draw(33, low, high);
    Reals y = x, z = x, derivatives = zeros(33);
    const auto tile = [](Reals& s) { return kernel::ScoreTile{.rows = 3, .keys = 11, .s = s.data(), .lds = 11}; };
    score.functions->rho(score.self.get(), tile(y));
    score.functions->rho_with_derivative(score.self.get(), tile(z), derivatives.data());
    CHECK(worst(
              y, 33, [&](Dim n) { return value(x[at(n)]); }, 0.1L) <= 8);
    CHECK(worst(
              derivatives, 33, [&](Dim n) { return derivative(x[at(n)]); }, 0.1L) <= 16);
    CHECK(same_bits(y.data(), z.data(), 33));
}

}  // namespace

TEST_CASE("a lambda is a pairwise score (" HEED_TAG ")", "[kernel]") {
    const Real sign = 1;
    check_pairwise(score::pairwise([=](auto q, auto k, auto w) { return sign * w * abs(q - k); }, Array(1)),
                   weighted_l1);
    check_pairwise(score::pairwise([]<class S>(S q, S k, S w) { return w * max(q - k, k - q); }, Array(1)),
                   weighted_l1);  // one type for all
    check_pairwise(score::pairwise([](auto q, auto k) {
                       const auto x = q - k;
                       return -0.5 * x * x;
                   }),
                   gauss);
}

TEST_CASE("a struct is a pairwise score on every instruction set (" HEED_TAG ")", "[kernel]") {
    const Score score = score::pairwise(WeightedL1{1}, Array(1));
    CHECK(std::string_view(score.functions->isa) == kernel::name(kernel::isa()));
    check_pairwise(score, weighted_l1);
}

TEST_CASE("a pair's lambda score does not depend on its tile (" HEED_TAG ")", "[kernel]") {
    const Score score = score::pairwise(WeightedL1{0.3f}, Array(1));
    PairwiseTile t(5, 53, 11, 2), one(1, 21, 11, 2);
    t.run(*score.functions, score.self.get());
    one.q.assign(t.q.begin() + 3 * t.width, t.q.begin() + 4 * t.width);
    one.k.assign(t.k.begin() + 32 * t.width, t.k.end());
    one.run(*score.functions, score.self.get());
    CHECK(same_bits(one.s.data(), &t.s[at(3 * t.keys + 32)], one.keys));
}

TEST_CASE("functions of a score get the position (" HEED_TAG ")", "[kernel]") {
    for (const Score& score : {score::scaled_dot(Alibi{0.25f}), score::dot([](auto s, auto b, auto h, auto i, auto j) {
                                   return s * s - 0.25 * (h + 1) * abs(i - j) + b;
                               })}) {
        CHECK(score.functions->reads_positions);
        const Dim rows = 3, keys = 37;
        const Reals x = draw(rows * keys, -2, 2);
        Reals s = x, derivative = zeros(rows * keys);
        const kernel::ScoreTile
            t{.b = 2, .h = 1, .i0 = 7, .j0 = 16000001, .rows = rows, .keys = keys, .s = s.data(), .lds = keys};
        score.functions->rho_with_derivative(score.self.get(), t, derivative.data());
        CHECK(worst(
                  s, rows * keys,
                  [&](Dim n) {
                      return Exact(x[at(n)]) * x[at(n)] -
                             0.5L * std::abs(Exact(7 + n / keys) - Exact(16000001 + n % keys)) + 2;
                  },
                  1) <= 2);
        CHECK(worst(
                  derivative, rows * keys, [&](Dim n) { return 2 * Exact(x[at(n)]); }, 1) <= 1);
    }
    CHECK(!score::dot([](auto s) { return 2 * s; }).functions->reads_positions);
}

TEST_CASE("positions that a Real does not hold exactly are refused (" HEED_TAG ")", "[kernel]") {
    const Dim most = Dim{1} << std::numeric_limits<Real>::digits;
    const Score by_position = score::dot([](auto s, auto i, auto j) { return s - abs(i - j); }),
                none = score::dot([](auto s) { return 2 * s; });
    const auto refused = [](const Score& score, const Shape& q,
                            const Shape& k) {  // arrays without elements, of any length
        return text_of(
            [&] { attention(Array::from_shape(q), Array::from_shape(k), Array::from_shape(k), {.score = score}); });
    };
    if (most > Shape::max_count) {  // of doubles: no array is that long
        CHECK_THAT(refused(by_position, {0, 1, most + 1, 1}, {0, 1, 3, 1}), StartsWith("Array: shape "));
        return;
    }
    CHECK(refused(by_position, {0, 1, most, 1}, {0, 1, most, 1}).empty());
    CHECK(refused(none, {0, 1, most + 1, 1}, {0, 1, most + 1, 1}).empty());
    CHECK_THAT(refused(by_position, {0, 1, most + 1, 1}, {0, 1, 3, 1}),
               StartsWith(fmt::format("attention: the score's function reads positions, which are exact up to {}; "
                                      "there are 0 examples, 1 heads, {} queries and 3 keys\n",
                                      most, most + 1)));
    CHECK_THAT(refused(by_position, {0, 1, 3, 1}, {0, 1, most + 1, 1}),
               StartsWith("attention: the score's function reads positions, "));
    CHECK_THAT(refused(by_position, {most + 1, 1, 0, 1}, {most + 1, 1, 0, 1}),
               StartsWith("attention: the score's function reads positions, "));
}

TEST_CASE("lanes have functions, and dual numbers have derivatives (" HEED_TAG ")", "[kernel]") {
    check_function([](auto s) { return exp(s); }, [](Exact x) { return std::exp(x); },
                   [](Exact x) { return std::exp(x); }, -5, 5);
    check_function([](auto s) { return log(s); }, [](Exact x) { return std::log(x); }, [](Exact x) { return 1 / x; },
                   0.1, 9);
    check_function([](auto s) { return sqrt(s); }, [](Exact x) { return std::sqrt(x); },
                   [](Exact x) { return 0.5L / std::sqrt(x); }, 0.1, 9);
    check_function([](auto s) { return tanh(s); }, [](Exact x) { return std::tanh(x); },
                   [](Exact x) { return 1 - std::tanh(x) * std::tanh(x); }, -3, 3);
    check_function([](auto s) { return sin(s); }, [](Exact x) { return std::sin(x); },
                   [](Exact x) { return std::cos(x); }, -3, 3);
    check_function([](auto s) { return cos(s); }, [](Exact x) { return std::cos(x); },
                   [](Exact x) { return -std::sin(x); }, -3, 3);
    check_function([](auto s) { return abs(-s); }, [](Exact x) { return std::abs(x); },
                   [](Exact x) { return Exact(x > 0 ? 1 : -1); }, -3, 3);
    check_function([](auto s) { return min(s, 0.5) + max(2 * s, 1) + max(0, s); },
                   [](Exact x) { return std::min(x, 0.5L) + std::max(2 * x, 1.0L) + std::max(x, 0.0L); },
                   [](Exact x) { return Exact(x < 0.5) + 2 * (x > 0.5) + (x > 0); }, -3, 3);
    check_function([](auto s) { return select((s > 1) | (s <= -1), s, 0.25 * s); },
                   [](Exact x) { return x > 1 || x <= -1 ? x : 0.25L * x; },
                   [](Exact x) { return x > 1 || x <= -1 ? 1 : 0.25L; }, -3, 3);
    check_function([](auto s) { return select((!(s < 0)) & (s != 7), 3 * s, 0); },
                   [](Exact x) { return x < 0 ? 0 : 3 * x; }, [](Exact x) { return x < 0 ? 0 : Exact(3); }, -3, 3);
    check_function([](auto s) { return (2 - s) / (s + 4) - 1 / (3 + s * s) + s / 5; },
                   [](Exact x) { return (2 - x) / (x + 4) - 1 / (3 + x * x) + x / 5; },
                   [](Exact x) { return -6 / ((x + 4) * (x + 4)) + 2 * x / ((3 + x * x) * (3 + x * x)) + 0.2L; }, -3,
                   3);
    check_function(
        [](auto s) {
            auto y = s;
            y *= s;
            y += 1;
            y -= 0.5 * s;
            y /= 2;
            return y;
        },
        [](Exact x) { return (x * x + 1 - x / 2) / 2; }, [](Exact x) { return x - 0.25L; }, -3, 3);
    const Score half = score::dot([](auto s) { return max(s, 0) + abs(s) + min(s, s); });  // ties: half, none, all
    Reals s = zeros(1), derivative = zeros(1);
    half.functions->rho_with_derivative(half.self.get(), {.rows = 1, .keys = 1, .s = s.data(), .lds = 1},
                                        derivative.data());
    CHECK(derivative[0] == Real(1.5));
}
