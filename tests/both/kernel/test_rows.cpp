// Row kernels against their definitions; derivatives against central differences.
#include <algorithm>
#include <cmath>
#include <heed/ops/kernel/rows/cross_entropy.hpp>
#include <heed/ops/kernel/rows/rows.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/kernel_data.hpp>

using namespace heed;
using namespace heed::test;
using kernel::Reduce;

namespace {

Exact lse(const Real* x, Dim n) {
    Exact s = 0;
    for (Dim i = 0; i < n; ++i) s += std::exp(Exact(x[i]));
    return std::log(s);
}

}  // namespace

TEST_CASE("softmax, log_softmax, logsumexp (" HEED_TAG ")", "[kernel][rows]") {
    for (Dim n = 1; n <= 70; ++n) {
        const Dim rows = 5;
        Reals x = draw(rows * n, -8, 8), y = zeros(rows * n), l = y, s = zeros(rows);
        kernel::softmax(x.data(), y.data(), rows, n);
        kernel::log_softmax(x.data(), l.data(), rows, n);
        kernel::logsumexp(x.data(), s.data(), rows, n);
        const auto log_share = [&](Dim i) { return x[at(i)] - lse(&x[at(i / n * n)], n); };
        CHECK(worst(
                  y, rows * n, [&](Dim i) { return std::exp(log_share(i)); }, 0) <= 16);
        CHECK(worst(l, rows * n, log_share, 4) <= 4);
        CHECK(worst(
                  s, rows, [&](Dim i) { return lse(&x[at(i * n)], n); }, 4) <= 4);
        if (n % 9 != 1) continue;
        const Reals dy = draw(rows * n, -1, 1, 2);
        Reals dx = zeros(rows * n), t = dx;
        kernel::softmax_backward(y.data(), dy.data(), dx.data(), rows, n);
        CHECK(is_gradient(x, dx, [&] { return kernel::softmax(x.data(), t.data(), rows, n), dot(t, dy); }));
        kernel::log_softmax_backward(l.data(), dy.data(), dx.data(), rows, n);
        CHECK(is_gradient(x, dx, [&] { return kernel::log_softmax(x.data(), t.data(), rows, n), dot(t, dy); }));
    }
}

TEST_CASE("softmax: masked rows, large values and NaN (" HEED_TAG ")", "[kernel][rows]") {
    const Dim n = 19;
    Reals x = draw(4 * n), y = zeros(4 * n), s = zeros(4), d = y;
    std::fill_n(x.begin(), n, -inf);  // row 0: all masked
    x[at(n + 3)] = not_a_number;      // row 1
    x[at(2 * n)] = -inf;              // row 2: partly masked
    for (Dim i = 0; i < n; ++i) x[at(3 * n + i)] += Real(1e4);
    kernel::softmax(x.data(), y.data(), 4, n);
    kernel::logsumexp(x.data(), s.data(), 4, n);
    for (Dim i = 0; i < n; ++i) {
        CHECK(y[at(i)] == 0);
        CHECK(std::isnan(y[at(n + i)]));
        CHECK((y[at(2 * n + i)] == 0) == (i == 0));
        CHECK(std::isfinite(y[at(3 * n + i)]));
    }
    CHECK(s[0] == -inf);
    CHECK(std::isnan(s[1]));
    kernel::log_softmax(x.data(), d.data(), 1, n);
    for (Dim i = 0; i < n; ++i) CHECK(d[at(i)] == -inf);
}

TEST_CASE("layer_norm and rms_norm (" HEED_TAG ")", "[kernel][rows]") {
    for (const bool centred : {true, false})
        for (const Dim n : {1, 2, 5, 16, 17, 50, 70}) {
            const Dim rows = n == 50 ? 1000 : 4;
            Reals x = draw(rows * n, 1, 3), gain = draw(n, 0.5, 2, 2), bias = draw(n, -1, 1, 3), y = zeros(rows * n),
                  mean = zeros(rows), rstd = mean;
            const Real eps = Real(1e-3);
            const auto run = [&](Real* to) {
                if (centred)
                    kernel::layer_norm(x.data(), gain.data(), bias.data(), eps, to, mean.data(), rstd.data(), rows, n);
                else kernel::rms_norm(x.data(), gain.data(), eps, to, rstd.data(), rows, n);
            };
            run(y.data());
            const auto wanted = [&](Dim i) {
                const Real* row = &x[at(i / n * n)];
                Exact m = 0, v = 0;
                for (Dim j = 0; j < n && centred; ++j) m += Exact(row[j]) / static_cast<Exact>(n);
                for (Dim j = 0; j < n; ++j) v += (row[j] - m) * (row[j] - m) / static_cast<Exact>(n);
                return (row[i % n] - m) / std::sqrt(v + eps) * gain[at(i % n)] + (centred ? Exact(bias[at(i % n)]) : 0);
            };
            INFO("centred " << centred << " n " << n);
            CHECK(worst(y, rows * n, wanted, 4) <= 16);
            const Reals dy = draw(rows * n, -1, 1, 4);
            Reals dx = zeros(rows * n), dgain = zeros(n), dbias = zeros(n), t = y;
            const auto backward = [&](Real* g, Real* b) {
                if (centred)
                    kernel::layer_norm_backward(x.data(), gain.data(), mean.data(), rstd.data(), dy.data(), dx.data(),
                                                g, b, rows, n);
                else kernel::rms_norm_backward(x.data(), gain.data(), rstd.data(), dy.data(), dx.data(), g, rows, n);
            };
            backward(dgain.data(), dbias.data());
            const Reals first = dgain;
            {
                const Threads three(3);
                backward(dgain.data(), dbias.data());
                CHECK(same_bits(first.data(), dgain.data(), n));
            }
            if (rows > 4) continue;
            const auto value = [&] { return run(t.data()), dot(t, dy); };
            CHECK(is_gradient(gain, dgain, value));
            if (centred) CHECK(is_gradient(bias, dbias, value));
            if (sizeof(Real) == 8) CHECK(is_gradient(x, dx, value));
        }
}

TEST_CASE("reduce, argmax, cumulative_sum (" HEED_TAG ")", "[kernel][rows]") {
    struct Size {
        Dim outer, n, inner;
    };
    for (const Size z : {Size{3, 0, 1},
                         {3, 0, 5},
                         {1, 40000, 1},
                         {7, 33, 1},
                         {70, 5, 1},
                         {3, 4, 1},
                         {2, 9, 3},
                         {2, 9, 70},
                         {3, 200, 300}}) {
        const Reals x = draw(z.outer * z.n * z.inner, 0.9, 1.1);
        Reals y = zeros(z.outer * z.inner);
        for (const Reduce f : {Reduce::sum, Reduce::prod, Reduce::max, Reduce::min}) {
            kernel::reduce(f, x.data(), z.outer, z.n, z.inner, y.data());
            const auto wanted = [&](Dim i) {
                Exact r = f == Reduce::sum ? 0 : f == Reduce::prod ? 1 : f == Reduce::max ? -Exact(inf) : Exact(inf);
                for (Dim j = 0; j < z.n; ++j) {
                    const Exact v = x[at((i / z.inner * z.n + j) * z.inner + i % z.inner)];
                    r = f == Reduce::sum    ? r + v
                        : f == Reduce::prod ? r * v
                        : f == Reduce::max  ? std::max(r, v)
                                            : std::min(r, v);
                }
                return r;
            };
            INFO("reduction " << static_cast<int>(f) << " of " << z.outer << " " << z.n << " " << z.inner);
            CHECK(worst(y, z.outer * z.inner, wanted, 0) <= (f == Reduce::prod ? static_cast<Exact>(z.n) : 16));
        }
        for (const bool reverse : {false, true}) {
            Reals c = x;
            kernel::cumulative_sum(x.data(), c.data(), z.outer, z.n, z.inner, reverse);
            const auto wanted = [&](Dim i) {
                Exact s = 0;
                const Dim j = i / z.inner % z.n;
                for (Dim k = reverse ? j : 0; k <= (reverse ? z.n - 1 : j); ++k) s += x[at(i + (k - j) * z.inner)];
                return s;
            };
            if (z.n < 1000) CHECK(worst(c, static_cast<Dim>(c.size()), wanted, 0) <= 32);
        }
    }
    Reals x = draw(3 * 37);
    x[5] = x[30] = 2;  // a tie: the first
    x[37 + 36] = 3;    // in the tail
    x[74 + 8] = not_a_number;
    std::int64_t positions[3];
    kernel::argmax(x.data(), positions, 3, 37);
    CHECK(positions[0] == 5);
    CHECK(positions[1] == 36);
    CHECK(positions[2] == 8);
    x[6] = x[36] = -2;
    x[37 + 36] = -3;
    kernel::argmin(x.data(), positions, 3, 37);
    CHECK(positions[0] == 6);
    CHECK(positions[1] == 36);
    CHECK(positions[2] == 8);
    Real top = 0;
    kernel::reduce(Reduce::max, x.data() + 74, 1, 37, 1, &top);
    CHECK(std::isnan(top));
}

TEST_CASE("cross_entropy (" HEED_TAG ")", "[kernel][rows]") {
    const Dim rows = 4, n = 21;
    Reals x = draw(rows * n, -3, 3), w = draw(n, 0.5, 2, 2), loss = zeros(rows), shift = loss, log = loss,
          dx = zeros(rows * n);
    const kernel::LogSums l{shift.data(), log.data()};
    const std::int64_t labels[] = {0, 20, -100, 7};
    const Reals dloss = draw(rows, -1, 1, 3);
    for (const Real smoothing : {Real(0), Real(0.125)})
        for (const bool weighted : {false, true}) {
            const kernel::CrossEntropy c{.rows = rows,
                                         .n = n,
                                         .logits = x.data(),
                                         .labels = labels,
                                         .smoothing = smoothing,
                                         .weights = weighted ? w.data() : nullptr};
            kernel::cross_entropy(c, loss.data(), l);
            const auto wanted = [&](Dim i) -> Exact {
                if (labels[i] < 0) return 0;
                Exact s = 0;
                for (Dim j = 0; j < n; ++j) {
                    const Exact target = (j == labels[i] ? 1 - Exact(smoothing) : 0) + Exact(smoothing) / n;
                    s += target * (weighted ? Exact(w[at(j)]) : 1) * (lse(&x[at(i * n)], n) - x[at(i * n + j)]);
                }
                return s;
            };
            CHECK(worst(loss, rows, wanted, 4) <= 8);
            kernel::cross_entropy_backward(c, l, dloss.data(), 2, dx.data());
            Reals over = x;  // the gradient may overwrite the logits
            kernel::CrossEntropy in_place = c;
            in_place.logits = over.data();
            kernel::cross_entropy_backward(in_place, l, dloss.data(), 2, over.data());
            CHECK(over == dx);
            Reals t = loss;
            CHECK(is_gradient(x, dx, [&] { return kernel::cross_entropy(c, t.data(), l), 2 * dot(t, dloss); }));
        }
}
