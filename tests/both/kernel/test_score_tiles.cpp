// The additive score's tiles against plain loops: odd sizes, values past the exponential's range, masked pairs that are
// not finite.
#include <array>
#include <cmath>
#include <heed/ops/kernel/attention/additive.hpp>
#include <heed/tests/both/kernel/score_tile.hpp>

using namespace heed;
using namespace heed::test;

namespace {

Exact derivative(Exact q, Exact k, Exact w) { return w * (1 - std::tanh(q + k) * std::tanh(q + k)); }
const Formula additive{.value = [](Exact q, Exact k, Exact w) { return w * std::tanh(q + k); },
                       .by_q = derivative,
                       .by_k = derivative,
                       .by_w = [](Exact q, Exact k, Exact) { return std::tanh(q + k); }};

}  // namespace

TEST_CASE("additive tiles agree with their formula (" HEED_TAG ")", "[kernel]") {
    for (const double size : {0.01, 2.0, 60.0, 100.0})
        for (const auto& [rows, keys, width] :
             {std::array<Dim, 3>{1, 1, 1}, {3, 5, 2}, {1, 33, 7}, {5, 16, 4}, {67, 19, 9}, {4, 70, 21}}) {
            INFO(size << ": " << rows << " " << keys << " " << width);
            PairwiseTile t(rows, keys, width, size);
            t.run(kernel::additive_functions());
            t.check(additive, 32, 64);
        }
}

TEST_CASE("additive tiles reach past the exponential (" HEED_TAG ")", "[kernel]") {
    PairwiseTile t(3, 4, 5, 1);
    const Real big = 3e30f;
    t.q = {big, -big, 60, -60, 0, 100, -100, 39.9f, -39.9f, 1, 41, -41, 0.5f, 1e-20f, 500};
    t.k = {-big, big, -60, 60.25f, 0, -99, 99.5f, -40.1f, 40.1f, -1, 1, 0, -0.5f, 0, -500, inf, -inf, 1, 2, 3};
    t.run(kernel::additive_functions());
    t.check(additive, 32, 64);
}

TEST_CASE("a pair's additive score does not depend on its tile (" HEED_TAG ")", "[kernel]") {
    PairwiseTile t(9, 37, 11, 3);
    t.run(kernel::additive_functions());
    const Reals alone = t.s;
    // elements of other pairs, far away
    t.q[at(2 * t.width + 3)] = 70, t.k[at(20 * t.width + 1)] = -80, t.k[at(36 * t.width)] = not_a_number;
    t.run(kernel::additive_functions());
    for (Dim i = 0; i < t.rows; ++i)
        for (Dim j = 0; j < t.keys; ++j)
            if (i != 2 && j != 20 && j != 36) CHECK(same_bits(&t.s[at(i * t.keys + j)], &alone[at(i * t.keys + j)], 1));
    CHECK(std::isnan(t.s[36]));
    for (const Dim i : {Dim{0}, Dim{8}}) {  // one query, and the keys from the second vector on
        PairwiseTile one(1, t.keys - 16, t.width, 3);
        one.q.assign(t.q.begin() + i * t.width, t.q.begin() + (i + 1) * t.width);
        one.k.assign(t.k.begin() + 16 * t.width, t.k.end());
        one.run(kernel::additive_functions());
        for (Dim j = 0; j < one.keys; ++j)
            if (j != 20) CHECK(same_bits(&one.s[at(j)], &t.s[at(i * t.keys + 16 + j)], 1));
    }
}

TEST_CASE("a masked pair adds nothing to additive gradients, whatever it holds (" HEED_TAG ")", "[kernel]") {
    PairwiseTile t(5, 20, 6, 1);
    for (Dim i = 0; i < t.rows; ++i) t.ds[at(i * t.keys + 7)] = t.ds[at(i * t.keys + 19)] = 0;
    t.k[at(7 * t.width + 2)] = not_a_number, t.k[at(19 * t.width)] = inf;
    t.run(kernel::additive_functions());
    for (Dim i = 0; i < t.rows; ++i)
        CHECK((std::isnan(t.s[at(i * t.keys + 7)]) && !std::isnan(t.s[at(i * t.keys + 19)]) &&
               !std::isnan(t.s[at(i * t.keys)])));
    const Reals dq = t.dq, dk = t.dk, dtheta = t.dtheta;
    t.k[at(7 * t.width + 2)] = t.k[at(19 * t.width)] = 0;
    t.run(kernel::additive_functions());
    CHECK(worst(
              dq, t.rows * t.width, [&](Dim n) { return Exact(t.dq[at(n)]); }, 1) <= 8);
    CHECK(worst(
              dk, t.keys * t.width, [&](Dim n) { return Exact(t.dk[at(n)]); }, 1) <= 8);
    CHECK(worst(
              dtheta, t.width, [&](Dim n) { return Exact(t.dtheta[at(n)]); }, 1) <= 8);
}
