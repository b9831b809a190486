#pragma once
// A tile of a pairwise score and its gradients, against plain loops over a formula.
#include <algorithm>
#include <functional>
#include <heed/ops/kernel/attention/score_table.hpp>
#include <heed/ops/kernel/simd/workspace.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/kernel_data.hpp>

namespace heed::test {

// One term of the score and its derivatives.
struct Formula {
    std::function<Exact(Exact q, Exact k, Exact w)> value, by_q, by_k, by_w;
};

struct HEED_ABI PairwiseTile {
    Dim rows, keys, width, ldk = (keys + 15) / 16 * 16;
    Reals q, k, theta, ds = draw(rows * keys, -1, 1, 4);
    Reals s = zeros(rows * keys), dq = zeros(rows * width), dk = zeros(keys * width), dtheta = zeros(width);

    PairwiseTile(Dim rows_, Dim keys_, Dim width_, double size)
        : rows(rows_), keys(keys_), width(width_), q(draw(rows * width, -size, size)),
          k(draw(keys * width, -size, size, 2)), theta(draw(width, -1, 1, 3)) {}

    void run(const kernel::ScoreFunctions& f, const void* self = nullptr) {
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
            f.prepare(self, keys_of, width * ldk, ready);
            f.prepare(self, queries.data(), rows * ldq, queries.data());
        }
        const kernel::ScoreTile t{.rows = rows,
                                  .keys = keys,
                                  .width = width,
                                  .q = queries.data(),
                                  .ldq = ldq,
                                  .k = ready,
                                  .ldk = ldk,
                                  .theta = theta.data(),
                                  .s = s.data(),
                                  .lds = keys};
        f.pairwise(self, t);
        Real* key_gradient = gradient.get(width * ldk);
        std::fill_n(key_gradient, width * ldk, Real(1));  // added to
        dq = zeros(rows * width), dtheta = zeros(width);
        f.pairwise_backward(
            self, t, {.ds = ds.data(), .dq = dq.data(), .ld_dq = width, .dk = key_gradient, .dtheta = dtheta.data()});
        for (Dim j = 0; j < keys; ++j)
            for (Dim d = 0; d < width; ++d) dk[at(j * width + d)] = key_gradient[d * ldk + j] - 1;
    }

    // The worst error of each result, in units of rounding. A pair whose ds is 0 counts for nothing.
    void check(const Formula& f, Exact most_s, Exact most_gradient) const {
        const auto each = [&](const auto& g, Dim i, Dim j, Dim d) {
            return g(q[at(i * width + d)], k[at(j * width + d)], theta[at(d)]);
        };
        const auto part = [&](const auto& g, Dim i, Dim j, Dim d) {
            const Exact ds_ij = ds[at(i * keys + j)];
            return ds_ij == 0 ? 0 : ds_ij * each(g, i, j, d);
        };
        const auto sum = [](Dim n, const auto& term) {
            Exact total = 0;
            for (Dim i = 0; i < n; ++i) total += term(i);
            return total;
        };
        const auto value = [&](Dim n) {
            return sum(width, [&](Dim d) { return each(f.value, n / keys, n % keys, d); });
        };
        const auto by_q = [&](Dim n) {
            return sum(keys, [&](Dim j) { return part(f.by_q, n / width, j, n % width); });
        };
        const auto by_k = [&](Dim n) {
            return sum(rows, [&](Dim i) { return part(f.by_k, i, n / width, n % width); });
        };
        const auto by_w = [&](Dim d) {
            return sum(rows * keys, [&](Dim n) { return part(f.by_w, n / keys, n % keys, d); });
        };
        CHECK(worst(s, rows * keys, value, 1) <= most_s);
        CHECK(worst(dq, rows * width, by_q, 1) <= most_gradient);
        CHECK(worst(dk, keys * width, by_k, 1) <= most_gradient);
        if (f.by_w) CHECK(worst(dtheta, width, by_w, Exact(rows * keys) / 16) <= most_gradient);
    }
};

}  // namespace heed::test
