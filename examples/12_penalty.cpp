// A gradient of a gradient: the distance of two clouds of points, by a critic whose gradient is held at norm one.
#include <cmath>
#include <cstdio>
#include <heed/heed.hpp>
using namespace heed;

struct Critic {
    nn::Linear first, second, out;
    explicit Critic(const nn::Params& p)
        : first(p / "first", 2, 64), second(p / "second", 64, 64), out(p / "out", 64, 1) {}
    Var operator()(In x) const { return out(silu(second(silu(first(x))))); }  // (n, 2) -> (n, 1)
};

// n points near the circle of this radius.
Var ring(double radius, Dim n, const Key& key) {
    const Var angle = uniform({n, 1}, key, 0, 2 * M_PI), near = 0.1 * randn({n, 1}, Key{key.seed + 1, key.step});
    return (radius + near) * concat({cos(angle), sin(angle)});
}

int main() {
    // The least way, on average, that carries the points of one circle to the other: Wasserstein's distance, here the
    // difference of the radii. By Kantorovich's duality it is the largest E f(b) - E f(a) of all f whose gradient
    // has a norm of at most one. Gulrajani et al., "Improved Training of Wasserstein GANs", 2017, penalise other norms
    // between the points.
    constexpr double inner = 1, outer = 3;
    constexpr Dim n = 256;
    const nn::Params params(42);
    const Critic critic(params);
    nn::Adam adam(params, {.lr = 3e-3, .beta1 = 0.5});
    const auto distance = [&](In a, In b) { return mean(critic(b)) - mean(critic(a)); };
    for (std::uint64_t step = 1; step <= 2000; ++step) {
        const Var a = ring(inner, n, {1, step}), b = ring(outer, n, {3, step}), t = uniform({n, 1}, {5, step});
        const Var between = Var::leaf((t * a + (1 - t) * b).value());
        Tape tape;
        HigherOrder higher;  // gradients are recorded, too
        const Var gradient_norm = norm(higher.gradient(sum(critic(between)), {between})[0], -1);
        const Var d = distance(a, b), penalty = mean(square(gradient_norm - 1));
        tape.backward(50 * penalty - d);
        between.clear_grad();
        adam.step();
        if (step % 500 == 0)
            std::printf("step %d  distance %.2f  gradient norm %.2f to %.2f\n", static_cast<int>(step),
                        static_cast<double>(d.item()), static_cast<double>(min(gradient_norm).item()),
                        static_cast<double>(max(gradient_norm).item()));
    }
    const double found = distance(ring(inner, 10000, {7, 0}), ring(outer, 10000, {9, 0})).item();
    std::printf("%.2f between new points of both circles; the radii differ by %.2f\n", found, outer - inner);
    return std::abs(found - (outer - inner)) < 0.15 ? 0 : 1;
}
