// The gradient of a function: record what is computed, sweep backwards, and compare with the formula.
#include <cstdio>
#include <heed/heed.hpp>
using namespace heed;

// Any C++ function of Vars can be differentiated: branches, loops and calls need nothing special.
Var f(const Var& x) { return exp(-square(x)) * sin(3 * x); }

// What calculus makes of it: the product rule and the chain rule.
Var derivative(const Var& x) { return exp(-square(x)) * (3 * cos(3 * x) - 2 * x * sin(3 * x)); }

int main() {
    // A leaf collects a gradient. Here it is an array of seven values; it may have any shape.
    const Var x = Var::leaf(Array{-1.5, -1, -0.5, 0, 0.5, 1, 1.5});

    {
        Tape tape;                // records every op while it is alive
        const Var y = sum(f(x));  // what is differentiated is one value; each part of this sum depends on one x alone
        tape.backward(y);         // the sweep: the gradient of y arrives at every leaf that y depends on
    }

    // No tape is alive here: ops compute, and nothing is recorded.
    const Var y = f(x), formula = derivative(x);
    const auto print = [](const char* name, const Array& values) {
        std::printf("%-9s", name);
        for (const Real value : values) std::printf(" %9.5f", static_cast<double>(value));
        std::printf("\n");
    };
    print("x", x.value());
    print("f(x)", y.value());
    print("gradient", x.grad());
    print("formula", formula.value());

    const double difference = max(abs(x.grad() - formula)).item();
    std::printf("largest difference %.1e\n", difference);
    return difference < 1e-5 ? 0 : 1;
}
