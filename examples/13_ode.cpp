// An equation fitted to measurements: a network follows a swing, and its derivatives tell the swing's two constants.
#include <cmath>
#include <cstdio>
#include <heed/heed.hpp>
using namespace heed;

// u'' + c u' + k u = 0, from u(0) = 1 at rest.
constexpr double c = 0.4, k = 4, seconds = 6;
double truth(double t) {
    const double w = std::sqrt(k - c * c / 4);
    return std::exp(-c * t / 2) * (std::cos(w * t) + c / (2 * w) * std::sin(w * t));
}

struct Swing {
    nn::Linear first, second, out;
    Var damping, stiffness;
    explicit Swing(const nn::Params& p)
        : first(p / "first", 1, 32), second(p / "second", 32, 32), out(p / "out", 32, 1),
          damping(p.make("damping", {}, nn::init::constant(1))),
          stiffness(p.make("stiffness", {}, nn::init::constant(1))) {}
    Var operator()(In t) const { return out(tanh(second(tanh(first(t / (seconds / 2) - 1))))); }  // (n, 1) -> (n, 1)
};

int main() {
    // What was measured, at 40 moments, and with noise.
    const Var measured_at = uniform({40, 1}, Key{1}, 0, seconds);
    Array measured = (0.03 * randn({40, 1}, Key{2})).value();
    for (Dim i = 0; i < 40; ++i) measured(i, 0) += static_cast<Real>(truth(measured_at(i, 0).item()));

    const nn::Params params(42);
    const Swing swing(params);
    nn::Adam adam(params, {.lr = 5e-3});
    const Var moments = Var::leaf(reshape(linspace(0, seconds, 60), {60, 1}).value());
    for (int step = 1; step <= 3000; ++step) {
        Tape tape;
        HigherOrder higher;
        // u at one moment depends on no other moment: the gradient of the sum is the derivative at each.
        const Var u = swing(moments);
        const Var du = higher.gradient(sum(u), {moments})[0];
        const Var ddu = higher.gradient(sum(du), {moments})[0];
        const Var equation = mean(square(ddu + swing.damping * du + swing.stiffness * u));
        const Var data = mse_loss(swing(measured_at), measured);
        tape.backward(data + 0.02 * equation);
        moments.clear_grad();
        adam.step();
        if (step % 750 == 0)
            std::printf("step %d  data %.5f  equation %.5f  c %.2f  k %.2f\n", step, static_cast<double>(data.item()),
                        static_cast<double>(equation.item()), static_cast<double>(swing.damping.item()),
                        static_cast<double>(swing.stiffness.item()));
    }
    const double found_c = swing.damping.item(), found_k = swing.stiffness.item();
    std::printf("found c %.2f, k %.2f; measured was a swing with c %.2f, k %.2f\n", found_c, found_k, c, k);
    return std::abs(found_c - c) < 0.1 && std::abs(found_k - k) < 0.2 ? 0 : 1;
}
