// Sums of products over many rows, positions and steps: a chain of float additions would lose digits with its length.
#include <cmath>
#include <heed/ops/attention/linear_attention.hpp>
#include <heed/ops/ops.hpp>
#include <heed/ops/recurrent/sequence.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

constexpr double allowed = 1e-4;
const Real tenth = Real(1) / 10;

Array gradient_of(const Var& loss, const Var& x) { return gradient(loss, {x})[0]; }

void check_all(const Array& x, double wanted) {
    for (const Real v : x.storage()) CHECK(static_cast<double>(v) == Approx(wanted).epsilon(allowed));
}

}  // namespace

TEST_CASE("long products: a weight's gradient over many rows", "[ops]") {
    const Dim rows = Dim{1} << 18;
    const Var x(filled({rows, 2}, tenth)), w = Var::leaf(filled({2, 3}, 1)), bias(filled({3}, 0));
    const double wanted = static_cast<double>(tenth) * static_cast<double>(rows);
    for (const bool rounded : {false, true}) {
        const Bfloat16Products products(rounded);
        Tape tape;
        check_all(gradient_of(sum(linear(x, w)), w), rounded ? 0.10009765625 * static_cast<double>(rows) : wanted);
    }
    Tape tape;
    check_all(gradient_of(sum(linear(reshape(x, {2, rows / 2, 2}), w, bias)), w), wanted);
    Tape another;
    check_all(gradient_of(sum(matmul(reshape(x, {4, rows / 4, 2}), w)), w), wanted);
}

TEST_CASE("long products: many terms of each element", "[ops]") {
    const Dim n = Dim{1} << 18;
    const double wanted = static_cast<double>(tenth) * static_cast<double>(n);
    const Var x(filled({2, n}, tenth)), ones(filled({n, 3}, 1));
    check_all(matmul(x, ones).value(), wanted);
    check_all(einsum("ij,kj->ik", {x, transpose(ones)}).value(), wanted);
    check_all(einsum("j,j->", {pick(x, 0, 0), pick(ones, 1, 0)}).value(), wanted);
}

TEST_CASE("long products: a filter's gradient over many positions", "[ops]") {
    const auto [in, out, taps, groups, positions] = GENERATE(table<Dim, Dim, Dim, Dim, Dim>({
        {1, 1, 3, 1, 1 << 18},     // blocks of 4,096
        {2, 4, 1, 1, 1 << 18},     // which need no unfolding
        {32, 1, 32, 1, 64 * 300},  // more than one chain of blocks
        {3, 3, 2, 3, 1 << 18},     // by channel
    }));
    const Var x(filled({1, positions + taps - 1, in}, tenth)), w = Var::leaf(filled({taps, in / groups, out}, 1));
    Tape tape;
    check_all(gradient_of(sum(conv1d(x, w, Conv1dOptions{.groups = groups})), w),
              static_cast<double>(tenth) * static_cast<double>(positions));
}

TEST_CASE("long products: the loss's table over many rows", "[ops]") {
    const Dim rows = Dim{1} << 18;
    const Var x(filled({rows, 1}, tenth)), w = Var::leaf(filled({4, 1}, 0));  // q = 1/4 for each class
    Tape tape;
    const Array dw = gradient_of(linear_cross_entropy(x, w, Ints(Shape{rows}, 2)), w);
    for (Dim c = 0; c < 4; ++c)
        CHECK(static_cast<double>(dw(c, 0)) == Approx(0.1 * (c == 2 ? -0.75 : 0.25)).epsilon(allowed));
}

// With the gates r = 1 and z = 0 the state is h' = tanh(x + w h + b): a derivative of two lines.
TEST_CASE("long products: a recurrent weight's gradient over many steps", "[ops]") {
    const Dim batch = 64, steps = 2048;
    const double weight = 0.5, far = 50;
    Array x = Array::from_shape({batch, steps, 3});
    for (Dim i = 0; i < count(x); ++i) x.data()[i] = static_cast<Real>(i % 3 == 0 ? far : i % 3 == 1 ? -far : 0.3);
    const Var w = Var::leaf(array_of({1, 3}, {0, 0, weight})), bias = Var::leaf(filled({3}, 0));
    Tape tape;
    const Array dw = gradient(sum(gru_sequence(x, w, bias)), {w})[0];

    std::vector<double> h(static_cast<std::size_t>(steps) + 1, 0);
    for (std::size_t t = 0; t < static_cast<std::size_t>(steps); ++t)
        h[t + 1] = std::tanh(static_cast<double>(Real(0.3)) + weight * h[t]);
    double wanted = 0, dh = 0;
    for (auto t = static_cast<std::size_t>(steps); t-- > 0;) {
        const double dn = (1 + dh) * (1 - h[t + 1] * h[t + 1]);
        wanted += h[t] * dn;
        dh = weight * dn;
    }
    CHECK(static_cast<double>(dw(0, 2)) == Approx(wanted * static_cast<double>(batch)).epsilon(allowed));
}

// With the gates i = o = 1 and f = 0 the state is h' = tanh(c') with c' = tanh(x + w h).
TEST_CASE("long products: a recurrent weight's gradient by lstm_sequence over many steps", "[ops]") {
    const Dim batch = 64, steps = 1024;
    const double weight = 0.5, far = 50;
    Array x = Array::from_shape({batch, steps, 4});
    for (Dim i = 0; i < count(x); ++i) x.data()[i] = static_cast<Real>(i % 4 == 2 ? 0.3 : i % 4 == 1 ? -far : far);
    const Var w = Var::leaf(array_of({1, 4}, {0, 0, weight, 0})), bias = Var::leaf(filled({4}, 0));
    Tape tape;
    const Array dw = gradient(sum(lstm_sequence(x, w, bias).h), {w})[0];

    std::vector<double> h(static_cast<std::size_t>(steps) + 1, 0), c = h;
    for (std::size_t t = 0; t < static_cast<std::size_t>(steps); ++t) {
        c[t + 1] = std::tanh(static_cast<double>(Real(0.3)) + weight * h[t]);
        h[t + 1] = std::tanh(c[t + 1]);
    }
    double wanted = 0, dh = 0;
    for (auto t = static_cast<std::size_t>(steps); t-- > 0;) {
        const double dn = (1 + dh) * (1 - h[t + 1] * h[t + 1]) * (1 - c[t + 1] * c[t + 1]);
        wanted += h[t] * dn;
        dh = weight * dn;
    }
    CHECK(static_cast<double>(dw(0, 2)) == Approx(wanted * static_cast<double>(batch)).epsilon(allowed));
}

TEST_CASE("long products: sums of linear attention over many keys", "[ops]") {
    const Dim t = Dim{1} << 19;
    const Var x(filled({1, 1, t, 1}, tenth));
    Var state;
    const Var y = linear_attention(x, x, x, {.chunk = 32, .state = &state});
    const double feature = 1 + static_cast<double>(tenth), keys = static_cast<double>(t);
    CHECK(static_cast<double>(state.value()(0, 0, 0, 0)) ==
          Approx(keys * feature * static_cast<double>(tenth)).epsilon(allowed));
    CHECK(static_cast<double>(state.value()(0, 0, 0, 1)) == Approx(keys * feature).epsilon(allowed));
    CHECK(static_cast<double>(y.value()(0, 0, t - 1, 0)) == Approx(static_cast<double>(tenth)).epsilon(allowed));
}
