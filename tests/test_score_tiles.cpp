// The additive score's tiles against plain loops: odd sizes, numbers past the exponential's range, masked pairs that are not finite.
#include <algorithm>
#include <array>
#include <cmath>
#include <heed/ops/kernel/additive.hpp>
#include <heed/ops/kernel/workspace.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/kernel_data.hpp>

using namespace heed;
using namespace heed::test;

namespace {

struct Tile {
    Dim rows, keys, width, ldk = (keys + 15) / 16 * 16;
    Reals q, k, theta, ds = draw(rows * keys, -1, 1, 4);
    Reals s = zeros(rows * keys), dq = zeros(rows * width), dk = zeros(keys * width), dtheta = zeros(width);

    Tile(Dim rows_, Dim keys_, Dim width_, double size)
        : rows(rows_), keys(keys_), width(width_), q(draw(rows * width, -size, size)), k(draw(keys * width, -size, size, 2)),
          theta(draw(width, -1, 1, 3)) {}

    void run(const kernel::ScoreFunctions& f) {
        const Dim ldq = width + 3;  // not the width
        kernel::Workspace space, prepared, gradient;
        Real* keys_of = space.get(width * ldk);
        std::fill_n(keys_of, width * ldk, Real(0));
        for (Dim j = 0; j < keys; ++j)
            for (Dim d = 0; d < width; ++d) keys_of[d * ldk + j] = k[at(j * width + d)];
        Reals queries = zeros(rows * ldq);
        for (Dim i = 0; i < rows; ++i)
            for (Dim d = 0; d < width; ++d) queries[at(i * ldq + d)] = q[at(i * width + d)];
        Real* ready = prepared.get(width * ldk);
        std::copy_n(keys_of, width * ldk, ready);
        if (f.prepare) {
            f.prepare(nullptr, keys_of, width * ldk, ready);
            f.prepare(nullptr, queries.data(), rows * ldq, queries.data());
        }
        const kernel::ScoreTile t{.rows = rows, .keys = keys, .width = width, .q = queries.data(), .ldq = ldq, .k = ready, .ldk = ldk,
                                  .theta = theta.data(), .s = s.data(), .lds = keys};
        f.pairwise(nullptr, t);
        Real* key_gradient = gradient.get(width * ldk);
        std::fill_n(key_gradient, width * ldk, Real(1));  // added to
        dq = zeros(rows * width), dtheta = zeros(width);
        f.pairwise_backward(nullptr, t, {.ds = ds.data(), .dq = dq.data(), .ld_dq = width, .dk = key_gradient, .dtheta = dtheta.data()});
        for (Dim j = 0; j < keys; ++j)
            for (Dim d = 0; d < width; ++d) dk[at(j * width + d)] = key_gradient[d * ldk + j] - 1;
    }

    Exact tanh_of(Dim i, Dim j, Dim d) const { return std::tanh(Exact(q[at(i * width + d)]) + k[at(j * width + d)]); }
    Exact slope(Dim i, Dim j, Dim d) const {
        const Exact th = tanh_of(i, j, d), g = ds[at(i * keys + j)];
        return g == 0 ? 0 : g * theta[at(d)] * (1 - th * th);
    }

    // The worst error of each result, in units of rounding.
    void check(Exact most_s, Exact most_gradient) {
        CHECK(worst(s, rows * keys, [&](Dim n) {
            Exact sum = 0;
            for (Dim d = 0; d < width; ++d) sum += theta[at(d)] * tanh_of(n / keys, n % keys, d);
            return sum;
        }, 1) <= most_s);
        CHECK(worst(dq, rows * width, [&](Dim n) {
            Exact sum = 0;
            for (Dim j = 0; j < keys; ++j) sum += slope(n / width, j, n % width);
            return sum;
        }, 1) <= most_gradient);
        CHECK(worst(dk, keys * width, [&](Dim n) {
            Exact sum = 0;
            for (Dim i = 0; i < rows; ++i) sum += slope(i, n / width, n % width);
            return sum;
        }, 1) <= most_gradient);
        CHECK(worst(dtheta, width, [&](Dim d) {
            Exact sum = 0;
            for (Dim n = 0; n < rows * keys; ++n) sum += ds[at(n)] == 0 ? 0 : ds[at(n)] * tanh_of(n / keys, n % keys, d);
            return sum;
        }, Exact(rows * keys) / 16) <= most_gradient);
    }
};

}  // namespace

TEST_CASE("additive tiles agree with their formula", "[kernel]") {
    for (const double size : {0.01, 2.0, 60.0, 100.0})
        for (const auto& [rows, keys, width] : {std::array<Dim, 3>{1, 1, 1}, {3, 5, 2}, {1, 33, 7}, {5, 16, 4}, {67, 19, 9}, {4, 70, 21}}) {
            INFO(size << ": " << rows << " " << keys << " " << width);
            Tile t(rows, keys, width, size);
            t.run(kernel::additive_functions());
            t.check(32, 64);
        }
}

TEST_CASE("additive tiles reach past the exponential", "[kernel]") {
    Tile t(3, 4, 5, 1);
    const Real big = 3e30f;
    t.q = {big, -big, 60, -60, 0, 100, -100, 39.9f, -39.9f, 1, 41, -41, 0.5f, 1e-20f, 500};
    t.k = {-big, big, -60, 60.25f, 0, -99, 99.5f, -40.1f, 40.1f, -1, 1, 0, -0.5f, 0, -500, inf, -inf, 1, 2, 3};
    t.run(kernel::additive_functions());
    t.check(32, 64);
}

TEST_CASE("a pair's additive score does not depend on its tile", "[kernel]") {
    Tile t(9, 37, 11, 3);
    t.run(kernel::additive_functions());
    const Reals alone = t.s;
    t.q[at(2 * t.width + 3)] = 70, t.k[at(20 * t.width + 1)] = -80, t.k[at(36 * t.width)] = not_a_number;  // others' numbers are far
    t.run(kernel::additive_functions());
    for (Dim i = 0; i < t.rows; ++i)
        for (Dim j = 0; j < t.keys; ++j)
            if (i != 2 && j != 20 && j != 36) CHECK(same_bits(&t.s[at(i * t.keys + j)], &alone[at(i * t.keys + j)], 1));
    CHECK(std::isnan(t.s[36]));
    for (const Dim i : {Dim{0}, Dim{8}}) {  // one query, and the keys from the second vector on
        Tile one(1, t.keys - 16, t.width, 3);
        one.q.assign(t.q.begin() + i * t.width, t.q.begin() + (i + 1) * t.width);
        one.k.assign(t.k.begin() + 16 * t.width, t.k.end());
        one.run(kernel::additive_functions());
        for (Dim j = 0; j < one.keys; ++j)
            if (j != 20) CHECK(same_bits(&one.s[at(j)], &t.s[at(i * t.keys + 16 + j)], 1));
    }
}

TEST_CASE("a masked pair adds nothing to additive gradients, whatever it holds", "[kernel]") {
    Tile t(5, 20, 6, 1);
    for (Dim i = 0; i < t.rows; ++i) t.ds[at(i * t.keys + 7)] = t.ds[at(i * t.keys + 19)] = 0;
    t.k[at(7 * t.width + 2)] = not_a_number, t.k[at(19 * t.width)] = inf;
    t.run(kernel::additive_functions());
    for (Dim i = 0; i < t.rows; ++i)
        CHECK((std::isnan(t.s[at(i * t.keys + 7)]) && !std::isnan(t.s[at(i * t.keys + 19)]) && !std::isnan(t.s[at(i * t.keys)])));
    const Reals dq = t.dq, dk = t.dk, dtheta = t.dtheta;
    t.k[at(7 * t.width + 2)] = t.k[at(19 * t.width)] = 0;
    t.run(kernel::additive_functions());
    CHECK(worst(dq, t.rows * t.width, [&](Dim n) { return Exact(t.dq[at(n)]); }, 1) <= 8);
    CHECK(worst(dk, t.keys * t.width, [&](Dim n) { return Exact(t.dk[at(n)]); }, 1) <= 8);
    CHECK(worst(dtheta, t.width, [&](Dim n) { return Exact(t.dtheta[at(n)]); }, 1) <= 8);
}
