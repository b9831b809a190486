// Gradients that are values. A backward written with ops must give what the op's own backward gives, for every enrolled
// case; its ops' derivatives are checked by differences already. Then second derivatives as a whole, by differences of
// first ones.
#include <cmath>
#include <set>
#include <heed/ops/attention/attention.hpp>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/check/run_case.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

// The ops whose backward is written with ops.
// clang-format off
const std::set<std::string> covered{
    "add", "subtract", "multiply", "divide", "negate", "abs", "exp", "log", "sqrt", "rsqrt", "square", "sin", "cos",
    "erf", "clamp", "tanh", "sigmoid", "relu", "leaky_relu", "elu", "gelu", "gelu_tanh", "silu", "softplus",
    "log_sigmoid", "exp2", "expm1", "log2", "log1p", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "mish",
    "hardsigmoid", "hardswish", "glu", "swiglu", "geglu", "geglu_tanh", "softmax", "log_softmax", "sum", "mean", "variance",
    "norm", "reshape", "permute", "transpose", "expand", "squeeze", "unsqueeze", "slice", "pick", "flip", "concat", "stack",
    "split", "tril", "triu", "matmul", "linear", "where", "pow", "maximum", "minimum", "prod", "max", "min",
    "logsumexp", "cumsum", "pad", "repeat", "einsum", "within", "checkpoint", "dropout", "segment_sum",
    "segment_mean", "segment_max", "segment_softmax", "take_rows", "embedding_bag", "take", "gather", "scatter_add", "stddev",
    "cumprod", "roll", "diag", "repeat_interleave", "mse_loss", "l1_loss", "huber_loss", "cross_entropy", "nll_loss",
    "conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d", "max_pool1d", "max_pool2d", "avg_pool1d",
    "avg_pool2d", "interpolate", "layer_norm", "rms_norm", "group_norm", "batch_norm", "bce_loss", "bce_with_logits",
    "kl_divergence", "sigmoid_focal_loss", "focal_loss", "linear_cross_entropy", "cosine_similarity", "ctc_loss", "sort", "topk",
    "argsort", "scatter", "gru_cell", "lstm_cell", "gru_sequence",
    "lstm_sequence", "rotary", "masked", "additive_score", "linear_attention"};
// clang-format on

double largest_difference(const Array& a, const Array& b) {
    double most = 0;
    for (Dim i = 0; i < count(a); ++i)
        most = std::max(most, std::abs(double{a.storage().data()[i]} - double{b.storage().data()[i]}));
    return most;
}

// A small network with masked attention in it.
Var network(const Var& x) {
    const Var w(array_of({3, 4}, {0.3, -0.2, 0.5, 0.1, -0.4, 0.6, 0.2, -0.3, 0.7, 0.1, -0.5, 0.4}));
    const Var h = reshape(tanh(matmul(x, w)), {1, 1, 3, 4});
    const Var y = attention(h, h, gelu(h), {.mask = causal(), .policy = Policy::require_composed});
    return mean(square(concat({y, h})));
}

}  // namespace

TEST_CASE("higher order: backwards written with ops agree with the ops' own", "[higher][ops]") {
    for (const OpCase& c : OpCases::all()) {
        if (c.rejects || !covered.contains(c.op())) continue;
        INFO(c.name);
        std::vector<Var> in;
        for (const Array& x : case_inputs(c)) in.push_back(Var::leaf(x));
        Tape tape;
        HigherOrder higher;
        const Var y = sum(c.call(in) * case_noise(c.call(in).shape(), 3));
        for (const Var& x : in) {
            std::vector<Var> got;
            try {
                got = higher.gradient(y, {x});
            } catch (const TapeError& e) {
                REQUIRE_THAT(std::string(e.what()),
                             StartsWith("HigherOrder: y does not depend on x[0]"));  // a constant to it
                continue;
            }
            const Array expected = gradient(y, {x}, {}, keep_recording)[0];
            REQUIRE(got[0].shape() == x.shape());
            CHECK(largest_difference(got[0].value(), expected) < 1e-9);
        }
    }
}

namespace {

// Values at which squares, cubes and exponentials overflow or vanish.
constexpr double extremes[] = {0,    1e-320, -1e-310, 1e-170, -1e-30, 1,      -3,    40,       -40,      800,
                               -800, 1e20,   -1e20,   1e110,  1e170,  -1e170, 1e300, HUGE_VAL, -HUGE_VAL};

bool agrees(double got, double expected) {
    // where the op itself gives NaN, there is nothing to compare
    if (std::isnan(expected) || got == expected) return true;
    return std::abs(got - expected) <= 1e-9 * std::max(std::abs(got), std::abs(expected)) + 1e-15;
}

}  // namespace

TEST_CASE("higher order: backwards written with ops agree with the ops' own at extreme values", "[higher][ops]") {
    constexpr std::size_t many = std::size(extremes);
    for (const OpCase& c : OpCases::all()) {
        if (c.rejects || !covered.contains(c.op())) continue;
        if (c.op() == "additive_score") continue;  // at an infinite w its own has infinity where tanh is flat, not NaN
        for (std::size_t turn = 0; turn < many; ++turn) {
            std::vector<Var> in;
            for (const Shape& shape : c.inputs) {
                Array x = Array::from_shape(shape);
                std::size_t i = turn * (in.size() + 1) + in.size();
                for (Real& number : x.storage()) number = extremes[i++ % many];
                in.push_back(Var::leaf(std::move(x)));
            }
            // no logarithm of a probability: a NaN also where its own has none
            if (c.op() == "ctc_loss" && any(equal(in[0], HUGE_VAL)).item() != 0) continue;
            Tape tape;
            HigherOrder higher;
            Var result;
            try {
                result = c.call(in);
            } catch (const RangeError&) {  // no probabilities
                continue;
            }
            const Var y = sum(result);
            const Shape shape = result.shape();
            for (std::size_t k = 0; k < in.size(); ++k) {
                Var got;
                try {
                    got = higher.gradient(y, {in[k]})[0];
                } catch (const TapeError&) {  // a constant to it
                    continue;
                }
                const std::vector<double> expected = elements(gradient(y, {in[k]}, {}, keep_recording)[0]),
                                          is = elements(got.value());
                // over what it was broadcast along, over the batch, or over channels, in another order
                const bool summed = !(in[k].shape() == shape) || c.op() == "batch_norm" || c.op() == "group_norm";
                for (std::size_t i = 0; i < is.size(); ++i)
                    if (!agrees(is[i], expected[i]) && !(summed && std::isfinite(is[i]) && std::isfinite(expected[i])))
                        FAIL_CHECK(c.name << ": operand " << k << " at " << in[k].value().storage()[i] << ": " << is[i]
                                          << ", its own backward gives " << expected[i]);
            }
        }
    }
}

namespace {

using Values = std::vector<double>;

// The rows of the second derivatives of f at three elements, times (1, 10, 100).
Values second(const Array& at, Var (*f)(const Var&)) {
    const Var x = Var::leaf(at);
    Tape tape;
    HigherOrder higher;
    return elements(higher.gradient(sum(higher.gradient(f(x), {x})[0] * Array{1, 10, 100}), {x})[0].value());
}

}  // namespace

TEST_CASE("higher order: second derivatives of powers, products and extremes", "[higher]") {
    // f = abc: rows of the second derivatives (0 c b; c 0 a; b a 0), times (1, 10, 100)
    CHECK(second(Array{2, 3, 5}, [](const Var& x) { return prod(x); }) ==
          Values{10 * 5 + 100 * 3, 5 + 100 * 2, 3 + 10 * 2});
    CHECK(second(Array{0, 0, 5}, [](const Var& x) { return prod(x); }) == Values{50, 5, 0});
    CHECK(second(Array{2, 3, 4}, [](const Var& x) { return sum(pow(x, Var(Array{3, 2, 1}))); }) == Values{12, 20, 0});
    CHECK(second(Array{2, 3, 4}, [](const Var& x) { return square(max(x)); }) == Values{0, 0, 200});
    CHECK(second(Array{2, 3, 4}, [](const Var& x) { return sum(square(maximum(x, 3))); }) == Values{0, 5, 200});
    CHECK(second(Array{2, 3, 4}, [](const Var& x) { return sum(square(repeat(x, 2, 0))); }) == Values{4, 40, 400});
    CHECK(second(Array{2, 3, 4}, [](const Var& x) { return sum(square(pad(x, {{1, 1}}, 7))); }) == Values{2, 20, 200});
    CHECK(second(Array{2, 3, 4}, [](const Var& x) { return sum(square(cumsum(x, 0))) / 2; }) ==
          Values{3 + 20 + 100, 2 + 20 + 100, 1 + 10 + 100});
    const std::vector<double> flat =
        second(Array{1e7, 1e7, 1e7}, [](const Var& x) { return logsumexp(x); });  // p_i (1_ij - p_j)
    for (std::size_t i = 0; i < 3; ++i) CHECK(flat[i] == Approx(std::pow(10, i) / 3 - 111.0 / 9).epsilon(1e-12));
    const Var a = Var::leaf(Array{2}), b = Var::leaf(Array{3});
    Tape tape;
    HigherOrder higher;
    const Var by_both = higher.gradient(higher.gradient(pow(a, b), {a})[0], {b})[0];  // d (b a^(b - 1)) / db
    CHECK(double{by_both.item()} == Approx(4 + 12 * std::log(2.0)).epsilon(1e-12));
}

TEST_CASE("higher order: second derivatives of running products, indices and segments", "[higher]") {
    // f = a + ab + abc: rows of the second derivatives (0 1+c b; 1+c 0 a; b a 0), times (1, 10, 100)
    const auto products = [](const Var& x) { return sum(cumprod(x, 0)); };
    CHECK(second(Array{2, 3, 5}, products) == Values{60 + 300, 6 + 200, 3 + 20});
    CHECK(second(Array{0, 0, 5}, products) == Values{60, 6, 0});
    CHECK(second(Array{0, 0, 0}, products) == Values{10, 1, 0});
    CHECK(second(Array{1, 1, 1}, [](const Var& x) { return stddev(x); }) == Values{0, 0, 0});
    const Array at{2, 3, 4};
    CHECK(second(at, [](const Var& x) { return sum(square(roll(x, 1, 0)) * Array{1, 2, 3}); }) == Values{4, 60, 200});
    CHECK(second(at, [](const Var& x) { return sum(square(diag(x, 1))); }) == Values{2, 20, 200});
    CHECK(second(at, [](const Var& x) { return sum(square(diag(diag(x)))); }) == Values{2, 20, 200});
    CHECK(second(at, [](const Var& x) { return sum(square(repeat_interleave(x, 2, 0))); }) == Values{4, 40, 400});
    CHECK(second(at, [](const Var& x) {
              return sum(square(repeat_interleave(x, Ints{2, 0, 3}, 0)));
          }) == Values{4, 0, 600});
    CHECK(second(at, [](const Var& x) { return sum(square(take_rows(x, Ints{2, 2, 0}))); }) == Values{2, 0, 400});
    CHECK(second(at, [](const Var& x) {
              return sum(square(embedding_bag(reshape(x, {3, 1}), Ints{{2, 2}, {2, 0}}, {.mode = BagMode::sum})));
          }) == Values{2 + 200, 0, 2 + 1000});
    CHECK(second(at, [](const Var& x) {
              const Ints ids{2, 0, 1};
              return sum(
                  embedding_bag(reshape(x, {3, 1}), ids, {.offsets = Ints{0}, .mode = BagMode::sum, .weights = x}));
          }) == Values{10 + 100, 1 + 100, 1 + 10});
    CHECK(second(at, [](const Var& x) { return sum(square(gather(x, Ints{2, 2, 0}, 0))); }) == Values{2, 0, 400});
    CHECK(second(at, [](const Var& x) { return sum(square(scatter_add(x, Ints{0}, slice(x, 0, 2, 3), 0))); }) ==
          Values{2 + 200, 20, 2 + 400});
    CHECK(second(at, [](const Var& x) {
              return sum(square(segment_sum(x, Ints{0, 1, 0}, 3)));
          }) == Values{202, 20, 202});
    CHECK(second(at, [](const Var& x) {
              return sum(square(segment_mean(x, Ints{0, 1, 0}, 3)));
          }) == Values{50.5, 20, 50.5});
    CHECK(second(at, [](const Var& x) { return sum(square(segment_max(x, Ints{0, 1, 0}, 3))); }) == Values{0, 20, 200});
    const Values shares = second(at,
                                 [](const Var&x) {
                                     return sum(square(segment_softmax(x, Ints{1, 1, 1}, 2)));
                                 }),
                 expected = second(at, [](const Var&x) { return sum(square(softmax(x))); });
    const Values deviation = second(at, [](const Var&x) { return stddev(x, {}, drop_axis, 1); }),
                 root = second(at, [](const Var&x) { return sqrt(variance(x, {}, drop_axis, 1)); });
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(shares[i] == Approx(expected[i]).epsilon(1e-12));
        CHECK(deviation[i] == Approx(root[i]).epsilon(1e-12));
    }
}

TEST_CASE("higher order: second and third derivatives", "[higher]") {
    const Var x = Var::leaf(array_of({2}, {0.7, -1.3}));
    Tape tape;
    HigherOrder higher;
    Var y = sum(exp(2 * x) + x * x * x);
    std::vector<double> factor{1, 0, 0};
    for (int order = 1; order <= 3; ++order) {
        const Var dx = higher.gradient(y, {x})[0];
        for (std::size_t i = 0; i < 2; ++i) {
            const double v = i ? -1.3 : 0.7, power = order == 1 ? 3 * v * v : order == 2 ? 6 * v : 6;
            CHECK(double{dx.value().storage()[i]} ==
                  Approx(std::pow(2, order) * std::exp(2 * v) + power).epsilon(1e-12));
        }
        y = sum(dx);
    }
}

TEST_CASE("higher order: a gradient penalty through attention agrees with differences", "[higher]") {
    const Array start = array_of({3, 3}, {0.3, -0.8, 0.5, 1.1, 0.2, -0.6, 0.4, -0.1, 0.9});
    const auto penalty = [](const Var& x, Tape& tape, bool sweep) {
        HigherOrder higher;
        const Var dx = higher.gradient(network(x), {x})[0];
        const Var loss = mean(square(norm(dx, -1) - 1));
        if (sweep) tape.backward(loss);
        return double{loss.item()};
    };
    const Var x = Var::leaf(start);
    {
        Tape tape;
        penalty(x, tape, true);
    }
    for (Dim i = 0; i < count(start); ++i) {
        double sides[2];
        for (const int side : {0, 1}) {
            Array moved = start;
            moved.data()[i] += static_cast<Real>(side ? 1e-5 : -1e-5);
            Tape tape;
            sides[side] = penalty(Var::leaf(moved), tape, false);
        }
        CHECK(double{x.grad().storage()[static_cast<std::size_t>(i)]} ==
              Approx((sides[1] - sides[0]) / 2e-5).epsilon(1e-6));
    }
}

TEST_CASE("higher order: a penalty trains parameters", "[higher]") {
    const Var w = Var::leaf(array_of({3}, {2, -1, 0.5})), x = Var::leaf(array_of({3}, {1, 2, 3}));
    Tape tape;
    HigherOrder higher;
    const Var dx = higher.gradient(sum(w * x * x), {x})[0];  // 2 w x
    tape.backward(sum(square(dx)));                          // 4 w^2 x^2
    CHECK(elements(w.grad()) == std::vector<double>{16, -32, 36});
    CHECK(elements(x.grad()) == std::vector<double>{32, 16, 6});
}

TEST_CASE("higher order: what it refuses, and what it leaves alone", "[higher]") {
    const Var x = Var::leaf(array_of({3}, {1, 2, 3})), apart = Var::leaf(array_of({1}, {1}));
    const auto position = [](unsigned line) {
        return std::string("\n  called from ") + __builtin_FILE() + ":" + std::to_string(line);
    };
    Tape tape;
    const Var early = x * 2;
    {
        HigherOrder higher;
        CHECK(HigherOrder::innermost() == &higher);
        const Var q = reshape(x, {1, 1, 1, 3});
        const Var y = attention(q, q, q, {.policy = Policy::require_fused});
        const std::string made = position(__LINE__ - 1).substr(std::string("\n  called from ").size());
        std::string text = text_of([&] { higher.gradient(y, {x}); }), at = position(__LINE__);
        CHECK(text == "HigherOrder: a gradient of shape (1, 1, 1, 3) arrives at the result of attention (called from " +
                          made + "), whose backward is not written with ops" + at);
        text = text_of([&] { higher.gradient(sum(early), {x}); }), at = position(__LINE__);
        CHECK(text == "HigherOrder: a gradient of shape (3) arrives at a value that was made before" + at);
        CHECK(elements(higher.gradient(sum(early * early), {early})[0].value()) == std::vector<double>{4, 8, 12});
        text = text_of([&] { higher.gradient(sum(x), {apart}); }), at = position(__LINE__);
        CHECK(text == "HigherOrder: y does not depend on x[0] of shape (1)" + at);
        CHECK_FALSE(x.has_grad());
    }
    CHECK(HigherOrder::innermost() == nullptr);
}
