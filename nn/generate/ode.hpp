#pragma once
// Solving an ordinary differential equation step by step, as samples are drawn from a flow that a model has learnt.
#include <functional>
#include <heed/core/var.hpp>

namespace heed::nn {

struct HeunOptions {
    Dim steps = 20;              // of equal length
    double from = 0, to = 1;     // the time
    bool last_by_euler = false;  // the last step asks for no velocity at `to`, where that of a flow which predicts what
                                 // it leads to has no value
};

// x at time `to` where dx/dt = velocity(x, t) and x is given at `from`, by Heun's method: x + h (v(x, t) + v(x + h v(x,
// t), t + h)) / 2, whose error falls with the square of the step. Asks for the velocity twice in a step; it has the
// shape of x. Differentiable, if the velocity is. Throws RangeError for less than one step and times that are not
// finite, ShapeError for a velocity of another shape.
HEED_ABI Var heun(Var x, const std::function<Var(const Var& x, double t)>& velocity, const HeunOptions& options = {},
                  Site at = Site::current());

}  // namespace heed::nn
