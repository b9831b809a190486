// Trains a small network that uses the op of my_op.cpp; fails unless it learns.
#include <cmath>
#include <cstdio>
#include "my_op.hpp"

using namespace heed;

int main() {
    nn::Params params(1);
    const nn::Linear first(params / "first", 2, 16), second(params / "second", 16, 1);
    nn::Adam adam(params, {.lr = 1e-2});

    const Dim n = 64;  // y = sin(3 a) b at points of the square [-1, 1)^2
    Array x = Array::from_shape({n, 2}), y = Array::from_shape({n, 1});
    const RandomStream stream(Key{7, 0}, 0);
    for (Dim i = 0; i < n; ++i) {
        const double a = 2 * stream.uniform(static_cast<std::uint64_t>(2 * i)) - 1,
                     b = 2 * stream.uniform(static_cast<std::uint64_t>(2 * i + 1)) - 1;
        x(i, 0) = static_cast<Real>(a);
        x(i, 1) = static_cast<Real>(b);
        y(i, 0) = static_cast<Real>(std::sin(3 * a) * b);
    }
    double before = 0, after = 0;
    for (int step = 0; step < 1200; ++step) {
        Tape tape;
        const Var loss = mse_loss(second(squareplus(first(x))), y);
        tape.backward(loss);
        adam.step();
        after = static_cast<double>(loss.item());
        if (step == 0) before = after;
    }
    std::printf("heed %s: mean squared error %.4f, then %.4f\n", HEED_VERSION, before, after);
    return after < before / 10 ? 0 : 1;
}
