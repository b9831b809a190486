// Bfloat16Products: the products of rounded operands, kept in bfloat16 for the backward, and everything else as it was.
#include <cmath>
#include <optional>
#include <thread>
#include <heed/nn/layers/recurrent.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/nn/training/step.hpp>
#include <heed/ops/attention/attention.hpp>
#include <heed/ops/define/gradient_checkpointing.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/layers.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

Array rounded(const Array& x) {
    Array y = Array::from_shape(x.shape());
    for (Dim i = 0; i < count(x); ++i)
        y.data()[i] = static_cast<Real>(Bfloat16::of(static_cast<float>(x.storage().data()[i])));
    return y;
}

using Op = Var (*)(const std::vector<Var>& in);

// Value of op(in), then the gradients for the output gradient `dy`, one after the other.
std::vector<Array> run(Op op, const std::vector<Array>& in, const Array& dy, bool round) {
    std::vector<Var> leaves;
    for (const Array& x : in) leaves.push_back(Var::leaf(x));
    const Tape tape;
    std::optional<Bfloat16Products> scope;
    if (round) scope.emplace();
    const Var y = op(leaves);
    scope.reset();  // the backward needs none
    std::vector<Array> results{y.value()};
    for (Array& dx : gradient(y, leaves, dy)) results.push_back(std::move(dx));
    return results;
}

struct Product {
    Op op;
    std::vector<Shape> in;
    Shape out;
};
// 19 and 33 are odd: the last element has no neighbour.
const Product products[] = {
    {[](const std::vector<Var>& x) { return matmul(x[0], x[1]); }, {{7, 19}, {19, 33}}, {7, 33}},
    {[](const std::vector<Var>& x) { return matmul(x[0], x[1]); }, {{2, 3, 7, 19}, {19, 33}}, {2, 3, 7, 33}},
    {[](const std::vector<Var>& x) { return matmul(x[0], x[1]); }, {{2, 1, 7, 19}, {3, 19, 5}}, {2, 3, 7, 5}},
    {[](const std::vector<Var>& x) { return linear(x[0], x[1]); }, {{3, 7, 19}, {19, 33}}, {3, 7, 33}},
    {[](const std::vector<Var>& x) { return linear(x[0], x[1], x[2]); }, {{3, 7, 19}, {19, 33}, {33}}, {3, 7, 33}},
    {[](const std::vector<Var>& x) { return linear(x[0], x[1]) + linear(x[0], x[1] * 2.0); },
     {{3, 19}, {19, 33}},
     {3, 33}},
};

double norm_of(const Array& x) {
    double sum = 0;
    for (const Real v : x.storage()) sum += static_cast<double>(v) * static_cast<double>(v);
    return std::sqrt(sum);
}

double off_by(const Array& x, const Array& exact) { return norm_of(Array(x - exact)) / norm_of(exact); }

}  // namespace

TEST_CASE("bfloat16 products: values and gradients are those of rounded operands", "[ops][bfloat16]") {
    for (const Product& p : products) {
        std::vector<Array> in, short_in;
        for (const Shape& shape : p.in) in.push_back(noise(shape, in.size() + 1));
        for (const Array& x : in)
            short_in.push_back(x.dimension() == 1 ? x : rounded(x));  // a bias is added, not multiplied
        const Array dy = noise(p.out, 9);
        const std::vector<Array> got = run(p.op, in, dy, true), wanted = run(p.op, short_in, rounded(dy), false),
                                 exact = run(p.op, in, dy, false);
        INFO(to_string(p.in[0]) << " " << to_string(p.in[1]));
        for (std::size_t i = 0; i < got.size(); ++i) {
            INFO("result " << i);
            if (i == 3) CHECK(elements(got[i]) == elements(exact[i]));  // of the bias: a sum of dy, no product
            else CHECK(elements(got[i]) == elements(wanted[i]));
            CHECK(off_by(got[i], exact[i]) < 4e-3);
            if (i < 3) CHECK(off_by(got[i], exact[i]) > 5e-4);
        }
    }
}

TEST_CASE("bfloat16 products: the loss of a product", "[ops][bfloat16]") {
    const Array x = noise({4, 30, 19}, 1), w = noise({33, 19}, 2);
    Ints labels = Ints::from_shape({4, 30});
    for (Dim i = 0; i < 120; ++i) labels.data()[i] = i % 33;
    const auto run_loss = [&](const Array& a, const Array& b, bool round) {
        const Var va = Var::leaf(a), vb = Var::leaf(b);
        Tape tape;
        const Bfloat16Products scope(round);
        const Var loss = linear_cross_entropy(va, vb, labels, {.smoothing = 0.1});
        tape.backward(loss);
        return std::vector<Array>{loss.value(), va.grad(), vb.grad()};
    };
    const auto got = run_loss(x, w, true), wanted = run_loss(rounded(x), rounded(w), false),
               exact = run_loss(x, w, false);
    CHECK(got[0].storage()[0] == wanted[0].storage()[0]);
    for (const std::size_t i : {std::size_t{1}, std::size_t{2}}) {
        CHECK(off_by(got[i], wanted[i]) < 3e-3);  // the gradient of the logits is rounded, too
        CHECK(off_by(got[i], exact[i]) < 2e-2);
        CHECK(off_by(got[i], exact[i]) > 5e-4);
    }
}

TEST_CASE("bfloat16 products: scopes", "[ops][bfloat16]") {
    CHECK_FALSE(Bfloat16Products::on());
    {
        const Bfloat16Products outer;
        CHECK(Bfloat16Products::on());
        {
            const Bfloat16Products exact(false);
            CHECK_FALSE(Bfloat16Products::on());
        }
        CHECK(Bfloat16Products::on());
        std::thread([] { CHECK_FALSE(Bfloat16Products::on()); }).join();
    }
    CHECK_FALSE(Bfloat16Products::on());
}

TEST_CASE("bfloat16 products: an operand that was overwritten is rounded anew", "[ops][bfloat16]") {
    const Array a = noise({5, 19}, 1), b = noise({5, 19}, 2);
    const Var w = Var::leaf(noise({19, 3}, 3));
    const Bfloat16Products scope;
    const Var x(a);
    const Array first = linear(x, w).value();
    x.mutable_value() = b;
    const Array second = linear(x, w).value();
    CHECK(elements(second) == elements(linear(b, w).value()));
    CHECK(elements(second) != elements(first));
}

TEST_CASE("bfloat16 products: attention and recurrent states stay exact", "[ops][bfloat16]") {
    const Array q = noise({2, 3, 9, 8}, 1), k = noise({2, 3, 9, 8}, 2), v = noise({2, 3, 9, 8}, 3);
    const nn::Params params(1);
    const nn::GRUCell cell(params / "gru", 5, 6);
    const nn::LSTMCell other(params / "lstm", 5, 6);
    const Array gates = noise({4, 18}, 5), four = noise({4, 24}, 6), h = noise({4, 6}, 7);
    const auto all = [&] {
        Array c = other.step(four, {h, h}).c.value();
        return std::vector<std::vector<double>>{elements(attention(q, k, v).value()),
                                                elements(cell.step(gates, h).value()), elements(c)};
    };
    const auto exact = all();
    const Bfloat16Products scope;
    CHECK(all() == exact);
}

TEST_CASE("bfloat16 products: a checkpoint runs as it did at first, wherever the backward is", "[ops][bfloat16]") {
    const Array x = noise({9, 8}, 1), w = noise({8, 8}, 2);
    const auto grads = [&](bool again) {
        const Var vx = Var::leaf(x), vw = Var::leaf(w);
        Tape tape;
        Var loss;
        {
            const Bfloat16Products scope;
            const CheckpointedFunction part = [&vw](const std::vector<Var>& in) {
                return tanh(matmul(tanh(matmul(in[0], vw)), vw));
            };
            loss = sum(square(again ? checkpoint(part, {vx}) : part({vx})));
        }
        tape.backward(loss);
        return std::pair(elements(vx.grad()), elements(vw.grad()));
    };
    CHECK(grads(true) == grads(false));
}

TEST_CASE("bfloat16 products: what only a product needs is kept in half the memory", "[ops][bfloat16]") {
    if (!memory_is_pooled()) return;
    const auto kept = [](bool round) {
        release_pooled_memory();  // or a larger block that another test left could be taken
        const Var x = Var::leaf(noise({512, 512}, 1)), w = Var::leaf(noise({512, 1}, 2));
        const Tape tape;
        const std::size_t before = memory_report().live;
        const auto product = [&] {
            const Bfloat16Products scope(round);
            return linear(gelu(x), w);  // gelu needs x again, its result is read by the product alone
        };
        const Var y = product();
        return memory_report().live - before;
    };
    CHECK(static_cast<double>(kept(true)) < 0.6 * static_cast<double>(kept(false)));
}

TEST_CASE("bfloat16 products: a step of training with them, and what is measured without",
          "[ops][bfloat16][training]") {
    const nn::Params params(3);
    const nn::Linear layer(params / "layer", 19, 1);
    nn::Adam adam(params, {.lr = 1e-2});
    const Array x = noise({64, 19}, 1), wanted = noise({64, 1}, 2);
    bool on = false;
    training::Stepper stepper(params, adam,
                              [&](Dim) {
                                  on = Bfloat16Products::on();
                                  return training::Loss(mse_loss(layer(x), wanted));
                              },
                              {.bfloat16 = true});
    const double first = stepper.run(1).loss;
    CHECK(on);
    CHECK_FALSE(Bfloat16Products::on());
    double last = first;
    for (Dim step = 2; step <= 100; ++step) last = stepper.run(step).loss;
    CHECK(last < first / 1.2);
    training::Stepper plain(
        params, adam, [&](Dim) { return on = Bfloat16Products::on(), training::Loss(mse_loss(layer(x), wanted)); }, {});
    plain.run(101);
    CHECK_FALSE(on);
}
