// Moves of elements, recurrent and gated units and additive scores against their definitions; derivatives against
// central differences.
#include <cmath>
#include <heed/core/base/shape.hpp>
#include <heed/ops/kernel/attention/additive.hpp>
#include <heed/ops/kernel/elementwise/permute.hpp>
#include <heed/ops/kernel/fused/gated.hpp>
#include <heed/ops/kernel/fused/gru.hpp>
#include <heed/ops/kernel/fused/lstm.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/kernel_data.hpp>

using namespace heed;
using namespace heed::test;

TEST_CASE("permute, strided copies, rows of a table (" HEED_TAG ")", "[kernel]") {
    const Shape in{3, 20, 1, 37, 5};
    const Reals x = draw(in.count());
    for (std::vector<Dim> axes : {std::vector<Dim>{0, 1, 2, 3, 4},
                                  {4, 3, 2, 1, 0},
                                  {0, 3, 2, 1, 4},
                                  {1, 0, 2, 4, 3},
                                  {3, 4, 0, 1, 2},
                                  {0, 1, 4, 3, 2}}) {
        Reals y = zeros(in.count());
        kernel::permute(in, axes.data(), x.data(), y.data());
        bool right = true;
        for (Dim i = 0; i < in.count(); ++i) {
            Dim index[5], from = 0, rest = i;
            for (Dim a = 4; a >= 0; --a) {
                index[axes[at(a)]] = rest % in[at(axes[at(a)])];
                rest /= in[at(axes[at(a)])];
            }
            for (Dim a = 0; a < 5; ++a) from = from * in[at(a)] + index[a];
            right = right && y[at(i)] == x[at(from)];
        }
        CHECK(right);
    }
    const Dim flip[] = {-7, 1}, plain[] = {10, 1}, column[] = {1, 30};
    Reals y = zeros(100);
    kernel::copy_strided({3, 7}, x.data() + 14, flip, y.data() + 2, plain);
    kernel::add_strided({3, 3}, x.data(), column, y.data() + 2, plain);
    for (Dim i = 0; i < 10; ++i)
        for (Dim j = 0; j < 10; ++j) {
            const bool inside = i < 3 && j >= 2 && j < 9, added = i < 3 && j >= 2 && j < 5;
            const Real wanted = (inside ? x[at(14 - 7 * i + j - 2)] : 0) + (added ? x[at(i + 30 * (j - 2))] : 0);
            CHECK(y[at(i * 10 + j)] == wanted);
        }
    const std::int64_t ids[] = {4, 0, 4, 2};
    Reals taken = zeros(4 * 11), table = zeros(5 * 11);
    kernel::take_rows(x.data(), ids, 4, 11, taken.data());
    kernel::add_rows(taken.data(), ids, 4, 11, table.data(), 5);
    for (Dim i = 0; i < 4; ++i)
        for (Dim j = 0; j < 11; ++j) CHECK(taken[at(i * 11 + j)] == x[at(ids[i] * 11 + j)]);
    for (Dim j = 0; j < 11; ++j) {
        CHECK(table[at(44 + j)] == 2 * x[at(44 + j)]);
        CHECK(table[at(11 + j)] == 0);
    }
}

TEST_CASE("gru (" HEED_TAG ")", "[kernel]") {
    for (const Dim width : {1, 8, 21}) {
        const Dim rows = 3;
        Reals gx = draw(3 * rows * width, -2, 2), gh = draw(3 * rows * width, -2, 2, 2),
              h = draw(rows * width, -1, 1, 3);
        const Reals mask = {1, 0, 1}, dy = draw(rows * width, -1, 1, 4);
        Reals y = zeros(rows * width), gates = zeros(3 * rows * width), dgx = gates, dgh = gates, dh = y;
        const auto run = [&] {
            return kernel::gru(gx.data(), gh.data(), h.data(), mask.data(), y.data(), gates.data(),
                               kernel::CellRows::contiguous(rows, width, 3)),
                   dot(y, dy);
        };
        run();
        const auto logistic = [](Exact v) { return 1 / (1 + std::exp(-v)); };
        const auto wanted = [&](Dim i) {
            const Dim row = i / width, g = row * 3 * width + i % width;
            const Exact r = logistic(Exact(gx[at(g)]) + gh[at(g)]),
                        z = logistic(Exact(gx[at(g + width)]) + gh[at(g + width)]);
            const Exact c = std::tanh(gx[at(g + 2 * width)] + r * gh[at(g + 2 * width)]);
            return row == 1 ? Exact(h[at(i)]) : (1 - z) * c + z * h[at(i)];
        };
        CHECK(worst(y, rows * width, wanted, 1) <= 4);
        kernel::gru_backward(gh.data(), h.data(), mask.data(), gates.data(), dy.data(), dgx.data(), dgh.data(),
                             dh.data(), kernel::CellRows::contiguous(rows, width, 3));
        CHECK(is_gradient(gx, dgx, run));
        CHECK(is_gradient(gh, dgh, run));
        CHECK(is_gradient(h, dh, run));
    }
}

TEST_CASE("lstm (" HEED_TAG ")", "[kernel]") {
    for (const Dim width : {1, 8, 21}) {
        const Dim rows = 3, size = rows * width;
        Reals gx = draw(4 * size, -2, 2), gh = draw(4 * size, -2, 2, 2), h = draw(size, -1, 1, 3),
              c = draw(size, -1, 1, 4);
        const Reals mask = {1, 0, 1}, dh_next = draw(size, -1, 1, 5), dc_next = draw(size, -1, 1, 6);
        Reals y = zeros(size), state = y, gates = zeros(4 * size), dgates = gates, dh = y, dc = y;
        const auto run = [&] {
            kernel::lstm(gx.data(), gh.data(), h.data(), c.data(), mask.data(), y.data(), state.data(), gates.data(),
                         kernel::CellRows::contiguous(rows, width, 4));
            return dot(y, dh_next) + dot(state, dc_next);
        };
        run();
        const auto wanted = [&](Dim i, bool of_state) {
            const auto sum = [&](Dim gate) {
                const std::size_t g = at(i / width * 4 * width + gate * width + i % width);
                return Exact(gx[g]) + gh[g];
            };
            const auto logistic = [](Exact v) { return 1 / (1 + std::exp(-v)); };
            if (i / width == 1) return Exact((of_state ? c : h)[at(i)]);
            const Exact next = logistic(sum(1)) * c[at(i)] + logistic(sum(0)) * std::tanh(sum(2));
            return of_state ? next : logistic(sum(3)) * std::tanh(next);
        };
        CHECK(worst(
                  y, size, [&](Dim i) { return wanted(i, false); }, 1) <= 4);
        CHECK(worst(
                  state, size, [&](Dim i) { return wanted(i, true); }, 1) <= 4);
        kernel::lstm_backward(c.data(), state.data(), mask.data(), gates.data(), dh_next.data(), dc_next.data(),
                              dgates.data(), dh.data(), dc.data(), kernel::CellRows::contiguous(rows, width, 4));
        CHECK(is_gradient(gx, dgates, run));
        CHECK(is_gradient(gh, dgates, run));
        CHECK(is_gradient(h, dh, run));
        CHECK(is_gradient(c, dc, run));
    }
}

TEST_CASE("gated units, also where threads share a row (" HEED_TAG ")", "[kernel]") {
    struct Case {
        kernel::Gate f;
        std::function<Exact(Exact)> value, derivative;
        double derivative_ulps = 4;
    };
    const auto logistic = [](Exact v) { return 1 / (1 + std::exp(-v)); };
    const auto phi = [](Exact v) { return std::erfc(-v / std::sqrt(Exact(2))) / 2; };
    const Exact scale = std::sqrt(2 / std::acos(Exact(-1))), cubic = Exact(0.044715L);
    const auto inner = [&](Exact v) { return scale * (v + cubic * v * v * v); };
    const Case cases[] = {
        {kernel::Gate::sigmoid, logistic, [&](Exact v) { return logistic(v) * logistic(-v); }},
        {kernel::Gate::silu, [&](Exact v) { return v * logistic(v); },
         [&](Exact v) { return logistic(v) * (1 + v * logistic(-v)); }},
        {kernel::Gate::gelu, [&](Exact v) { return v * phi(v); },
         [&](Exact v) { return phi(v) + v * std::exp(-v * v / 2) / std::sqrt(2 * std::acos(Exact(-1))); }},
        {kernel::Gate::gelu_tanh, [&](Exact v) { return v * (1 + std::tanh(inner(v))) / 2; },
         [&](Exact v) {
             const Exact t = std::tanh(inner(v));
             return (1 + t + v * (1 - t * t) * scale * (1 + 3 * cubic * v * v)) / 2;
         },
         16}};  // 1 - t^2 loses digits that a polynomial of v multiplies
    for (const Case& c : cases)
        for (const auto& [rows, width] : {std::pair<Dim, Dim>{0, 3}, {3, 1}, {5, 21}, {1, 20001}, {2, 12289}}) {
            const Dim size = rows * width, n = width;  // a lambda of clang 14 holds no part of a pair
            const Reals x = draw(2 * size, -6, 6), dy = draw(size, -1, 1, 2);
            Reals y = zeros(size), dx = zeros(2 * size);
            const auto gate = [&](Dim i) { return at(i / n * 2 * n + i % n); };
            const Dim values = rows > 0 ? n : 0;  // where they begin; no rows may lie at no address
            kernel::gated(c.f, x.data(), x.data() + values, y.data(), rows, n);
            kernel::gated_backward(c.f, x.data(), x.data() + values, dy.data(), dx.data(), dx.data() + values, rows, n);
            INFO("function " << static_cast<int>(c.f) << " rows " << rows << " width " << n);
            CHECK(worst(
                      y, size, [&](Dim i) { return c.value(x[gate(i)]) * x[gate(i) + at(n)]; }, 4) <= 3);
            Reals dgate = zeros(size), dvalue = zeros(size);
            for (Dim i = 0; i < size; ++i) {
                dgate[at(i)] = dx[gate(i)];
                dvalue[at(i)] = dx[gate(i) + at(n)];
            }
            CHECK(worst(
                      dgate, size, [&](Dim i) { return dy[at(i)] * x[gate(i) + at(n)] * c.derivative(x[gate(i)]); },
                      4) <= c.derivative_ulps);
            CHECK(worst(
                      dvalue, size, [&](Dim i) { return dy[at(i)] * c.value(x[gate(i)]); }, 4) <= 3);
        }
}

TEST_CASE("additive scores (" HEED_TAG ")", "[kernel]") {
    const Dim batch = 2, tq = 3, tk = 5;
    for (const Dim d : {1, 7, 16, 21}) {
        Reals q = draw(batch * tq * d, -2, 2), k = draw(batch * tk * d, -2, 2, 2), w = draw(d, -1, 1, 3),
              s = zeros(batch * tq * tk);
        const Reals ds = draw(batch * tq * tk, -1, 1, 4);
        const kernel::Additive
            a{.batch = batch, .tq = tq, .tk = tk, .d = d, .q = q.data(), .k = k.data(), .w = w.data()};
        const auto run = [&] { return kernel::additive_scores(a, s.data()), dot(s, ds); };
        run();
        const auto wanted = [&](Dim i) {
            Exact sum = 0;
            for (Dim c = 0; c < d; ++c)
                sum +=
                    w[at(c)] * std::tanh(Exact(q[at(i / tk * d + c)]) + k[at((i / (tk * tq) * tk + i % tk) * d + c)]);
            return sum;
        };
        CHECK(worst(s, batch * tq * tk, wanted, 1) <= 16);
        Reals dq = zeros(batch * tq * d), dk = zeros(batch * tk * d), dw = zeros(d);
        kernel::additive_scores_backward(a, ds.data(), dq.data(), dk.data(), dw.data());
        CHECK(is_gradient(q, dq, run));
        CHECK(is_gradient(k, dk, run));
        CHECK(is_gradient(w, dw, run));
    }
}
