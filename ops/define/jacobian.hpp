#pragma once
// Derivatives of a function as a whole: its matrix of derivatives, and their product with a vector.
#include <functional>
#include <heed/core/var.hpp>

namespace heed {

// A function of one operand, written with ops. It runs on a tape of its own without dropout; what else it reads, such
// as parameters, is constant to it.
using Function = std::function<Var(const Var& x)>;

// d y_i / d x_j for y = f(x): (y's shape..., x's shape...). One forward pass of f, and a backward pass for each element
// of y. Throws RangeError if the result would have more than eight axes or more elements than an array.
Array jacobian(const Function& f, In x);

// y = f(x) and its derivative along v, of x's shape: sum_j d y / d x_j v_j, of y's shape. That is the gradient by u of
// <v, gradient of <u, y>>, so it costs about as much as three backward passes, whatever the sizes; every op of f must
// have a backward that is written with ops, else a TapeError names it as HigherOrder does. Throws ShapeError unless v
// has x's shape.
struct HEED_ABI Directional {
    Array y, dy;
};
Directional jvp(const Function& f, In x, In v);

// d^2 y / d x_i d x_j of a y of one element: (x's shape..., x's shape...). The Jacobian of the gradient: a backward
// pass for each element of x, and ops as for jvp(). Throws ShapeError if y has more elements.
Array hessian(const Function& f, In x);

}  // namespace heed
