// A recording that is kept is swept again, to the bit.
#include <heed/ops/define/gradient_checkpointing.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

using Values = std::vector<double>;

namespace {

// Ops that read operands, their result, random numbers and saved arrays.
Var mixture(const Var& x, const Var& w) {
    const Var h = dropout(tanh(matmul(x, w)), 0.4);
    const Var part = checkpoint([&](const Var& v) { return softmax(v * v) * sum(w); }, h);
    return cross_entropy(part + h, Ints{1, 0, 2}) + mse_loss(h, zeros({3, 3})) * 0.5;
}

}  // namespace

TEST_CASE("keep_recording: two sweeps give twice the gradient", "[tape]") {
    const Var x = Var::leaf(array_of({3, 2}, {1, -2, 3, -4, 5, 0.5})),
              w = Var::leaf(array_of({2, 3}, {0.1, 0.2, -0.3, 0.4, 0.5, -0.6}));
    Tape tape(Key{1, 0});  // ((a + b) + a) + b equals 2 (a + b) bit for bit for some random numbers only
    const Var loss = mixture(x, w);
    tape.backward(loss, keep_recording);
    const Values once = elements(w.grad());
    x.clear_grad();
    w.clear_grad();
    tape.backward(loss, keep_recording);
    CHECK(elements(w.grad()) == once);
    const std::size_t ops = tape.size();
    tape.backward(loss);
    Values twice = once;
    for (double& g : twice) g *= 2;
    CHECK(elements(w.grad()) == twice);
    CHECK(ops > tape.size());
    CHECK_THROWS_AS(tape.backward(loss), TapeError);
}

TEST_CASE("keep_recording: a Jacobian, row by row", "[tape][gradient]") {
    const Var x = Var::leaf(array_of({2}, {3, 4}));
    Tape tape;
    const Var y = concat({x * x, x});
    for (int time = 0; time < 2; ++time) {
        CHECK(elements(gradient(y, {x}, array_of({4}, {1, 0, 0, 0}), keep_recording)[0]) == Values{6, 0});
        CHECK(elements(gradient(y, {x}, array_of({4}, {0, 1, 0, 1}), keep_recording)[0]) == Values{0, 9});
    }
    CHECK_FALSE(x.has_grad());
    CHECK(elements(gradient(y, {x})[0]) == Values{7, 9});
    CHECK_THROWS_AS(gradient(y, {x}), TapeError);
}

TEST_CASE("keep_recording: what is recorded later joins in", "[tape]") {
    const Var w = Var::leaf(array_of({1}, {3}));
    Tape tape;
    const Var y = w * w;
    tape.backward(y, keep_recording);
    tape.backward(y * w);  // 3 w^2, after 2 w
    CHECK(elements(w.grad()) == Values{33});
}

TEST_CASE("keep_recording: an overwritten value is still refused, and a sweep that fails frees the recording",
          "[tape]") {
    const Var w = Var::leaf(array_of({1}, {3}));
    Tape tape;
    const Var y = w * w;
    tape.backward(y, keep_recording);
    w.mutable_value("SGD::step").fill(1);
    CHECK_THAT(text_of([&] { tape.backward(y, keep_recording); }),
               StartsWith("multiply: a value of shape (1) that it saved was changed by SGD::step"));
    CHECK(elements(w.grad()) == Values{6});  // the second sweep did not reach it
    CHECK(tape.size() == 0);
}

TEST_CASE("keep_recording: hooks are called in every sweep", "[tape][hooks]") {
    const Var w = Var::leaf(array_of({1}, {3}));
    int of_w = 0, of_h = 0;
    w.on_gradient([&](Array g) { return ++of_w, g; });
    Tape tape;
    const Var h = w * w;
    h.on_gradient([&](Array g) { return ++of_h, g; });
    tape.backward(h, keep_recording);
    tape.backward(h);
    CHECK(of_w == 2);
    CHECK(of_h == 2);
    CHECK(elements(w.grad()) == Values{12});
}
