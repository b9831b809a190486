// An op and an optimiser of one's own: an activation that can repeat itself, learnt by a rule that is not in heed.
#include <cmath>
#include <cstdio>
#include <heed/core/xt.hpp>
#include <heed/heed.hpp>
#include <heed/ops/define/op.hpp>
using namespace heed;

// x + sin(a x)^2 / a (Liu, Hartwig, Ueda, "Neural Networks Fail to Learn Periodic Functions and How to Fix It", 2020),
// with an a for each position of the last axis: x (..., d), a (d). Forward and backward are expressions of xtensor, and
// add_grad sums over the axes along which a was repeated.
Var snake(In x, In a) {
    expect(
        a.rank() == 1 && x.rank() > 0 && a.dim(0) == x.dim(-1), "snake", "a", a.shape(),
        [&] { return "(d), d being the last size of 'x' " + to_string(x.shape()); }, a.at);
    const Array s = xt::sin(a.value() * x.value());
    Array y = x.value() + s * s / a.value();
    return record("snake", {x, a}, std::move(y), [x, a, s, dx = x.slot(), da = a.slot()](const Array& dy) {
        const Array double_angle = xt::sin(2 * a.value() * x.value());
        if (dx) dx.add_grad(dy * (1 + double_angle));
        if (da) da.add_grad(dy * (x.value() * double_angle - s * s / a.value()) / a.value());
    });
}

// Duchi, Hazan, Singer, 2011: steps shrink with all gradients that there were. What it remembers is saved and resumed
// as with any optimiser of heed.
class Adagrad : public nn::Optimizer {
public:
    Adagrad(const nn::Params& params, double lr) : Optimizer("Adagrad", params, {.lr = lr}) {}

private:
    std::vector<std::string> roles(std::size_t) const override { return {"squares"}; }
    void update(std::size_t i) override {
        const Array g = gradient(i);
        Array& squares = state(i, "squares");
        squares += g * g;
        value(i) -= lr_of(i) * g / (xt::sqrt(squares) + 1e-10);
    }
};

struct Wave {
    nn::Linear first, second;
    Var a;
    explicit Wave(const nn::Params& p)
        : first(p / "first", 1, 32), second(p / "second", 32, 1), a(p.make("a", {32}, nn::init::constant(2))) {}
    Var operator()(In x, bool repeating) const {
        const Var h = first(x);
        return second(repeating ? snake(h, a) : tanh(h));
    }
};

Var truth(const Var& x) { return sin(2 * x) + 0.3 * x; }

// Learns the wave between -5 and 5; the mean error from 5 to 8, which it has not seen.
double learn(bool repeating) {
    const nn::Params params(42);
    const Wave wave(params);
    Adagrad adagrad(params, 0.1);
    const Var x = uniform({256, 1}, Key{1}, -5, 5), beyond = reshape(linspace(5, 8, 100), {100, 1});
    for (int step = 1; step <= 3000; ++step) {
        Tape tape;
        tape.backward(mse_loss(wave(x, repeating), truth(x)));
        adagrad.step();
    }
    const double known = l1_loss(wave(x, repeating), truth(x)).item();
    const double unknown = l1_loss(wave(beyond, repeating), truth(beyond)).item();
    std::printf("%-6s mean error %.3f where it learnt, %.3f beyond\n", repeating ? "snake" : "tanh", known, unknown);
    return unknown;
}

int main() {
    // The op beside the same from ops of heed: values and gradients.
    const Var x = Var::leaf(randn({5, 3}, Key{1}).value()), a = Var::leaf(Array{0.5, 1, 2});
    Array own[2], composed[2];
    for (const bool is_own : {true, false}) {
        x.clear_grad(), a.clear_grad();
        Tape tape;
        tape.backward(sum(square(is_own ? snake(x, a) : x + square(sin(a * x)) / a)));
        Array* const gradients = is_own ? own : composed;
        gradients[0] = x.grad(), gradients[1] = a.grad();
    }
    const double apart =
        max(concat({reshape(abs(own[0] - Var(composed[0])), {-1}), abs(own[1] - Var(composed[1]))})).item();
    std::printf("largest difference of a gradient %.1e\n", apart);
    const double tanh_error = learn(false), snake_error = learn(true);
    return apart < 1e-4 && snake_error < 0.2 && snake_error < tanh_error / 3 ? 0 : 1;
}
