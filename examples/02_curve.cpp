// Fitting a curve: two Linear layers, a loss and an optimiser learn a function from noisy points.
#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <vector>
#include <heed/heed.hpp>
using namespace heed;

// A model is a struct of layers. Each layer makes its parameters in the store `p`, under a name of its own.
struct Curve {
    nn::Linear hidden, out;
    explicit Curve(const nn::Params& p) : hidden(p / "hidden", 1, 32), out(p / "out", 32, 1) {}
    Var operator()(In x) const { return out(tanh(hidden(x))); }  // (n, 1) -> (n, 1)
};

// What the model should find beneath the noise.
double truth(double x) { return std::sin(3 * x) + 0.5 * x; }

void plot(const Array& x, const Array& predicted) {
    constexpr int rows = 13;
    const Dim columns = x.shape()[0];
    std::vector<std::string> picture(rows, std::string(static_cast<std::size_t>(columns), ' '));
    const auto put = [&](Dim column, double y, char letter) {
        const long row = std::lround((2 - y) / 4 * (rows - 1));
        if (row >= 0 && row < rows) picture[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)] = letter;
    };
    for (Dim i = 0; i < columns; ++i) put(i, truth(x(i, 0)), '.');
    for (Dim i = 0; i < columns; ++i) put(i, predicted(i, 0), 'o');
    for (const std::string& line : picture) std::printf("| %s\n", line.c_str());
}

int main() {
    std::mt19937 random(1);
    std::uniform_real_distribution<double> position(-2, 2);
    std::normal_distribution<double> noise(0, 0.1);
    Array x = Array::from_shape({200, 1}), y = x;
    for (Dim i = 0; i < 200; ++i) {
        x(i, 0) = static_cast<Real>(position(random));
        y(i, 0) = static_cast<Real>(truth(x(i, 0)) + noise(random));
    }

    const nn::Params params(42);  // the store of all parameters, and the seed of their first values
    const Curve model(params);
    nn::Adam adam(params, {.lr = 1e-2});
    for (int step = 1; step <= 2000; ++step) {
        Tape tape;
        const Var loss = mse_loss(model(x), y);
        tape.backward(loss);
        adam.step();  // applies the gradients, then clears them
        if (step % 500 == 0) std::printf("step %4d  loss %.4f\n", step, static_cast<double>(loss.item()));
    }

    // `o` is what the model predicts; `.` is the truth, where the two are apart. The noise alone has a loss of 0.01.
    Array grid = Array::from_shape({61, 1});
    for (Dim i = 0; i < 61; ++i) grid(i, 0) = static_cast<Real>(-2 + 4 * static_cast<double>(i) / 60);
    const Var predicted = model(grid);
    plot(grid, predicted.value());
    double error = 0;
    for (Dim i = 0; i < 61; ++i) error += std::abs(predicted.value()(i, 0) - truth(grid(i, 0))) / 61;
    std::printf("%d parameters, mean error %.3f\n", static_cast<int>(params.count()), error);
    return error < 0.05 ? 0 : 1;
}
