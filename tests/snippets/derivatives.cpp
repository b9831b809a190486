// The code of docs/use/reference.md: derivatives of a function as a whole.
#include <cmath>
#include <cstdio>
#include <heed/heed.hpp>
using namespace heed;

int main() {
    // [derivatives]
    const auto f = [](const Var& x) { return tanh(x) * sum(x); };  // (3) -> (3)
    const Array x{0.1, 0.2, 0.3}, v{1, 0, -1};
    const Array d = jacobian(f, x);     // (3, 3): a backward pass for each element of the result
    const auto [y, dy] = jvp(f, x, v);  // the result, and d times v: three passes in all
    const Array h = hessian([&](const Var& at) { return sum(f(at)); }, x);  // (3, 3)
    // [end]
    double worst = 0;
    for (Dim i = 0; i < 3; ++i) worst = std::max(worst, std::abs(double{dy(i)} - double{d(i, 0)} + double{d(i, 2)}));
    std::printf("f(x) = (%.3f, %.3f, %.3f), worst %.1e, h(0, 0) = %.3f\n", double{y(0)}, double{y(1)}, double{y(2)},
                worst, double{h(0, 0)});
    return worst < 1e-6 ? 0 : 1;
}
