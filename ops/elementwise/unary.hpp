#pragma once
// What elementwise functions of one operand share: value and gradient by a kernel, and the gradient written with ops.
// Private to heed; not installed.
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/kernel/elementwise/pointwise.hpp>

namespace heed {

// f(x) without a gradient.
Array mapped(kernel::Unary f, const In& x, Real p = 0, Real q = 0);

// dy f'(x), written with ops. Where a derivative has reached its limit, x is clamped: 0 times infinity would be NaN.
struct Chain {
    const Var &x, &y, &dy;
    Real p, q;
};
using ChainRule = Var (*)(const Chain& at);

// f(x) with its gradient; p and q are the parameters that kernel::map takes.
Var elementwise(const char* op, kernel::Unary f, const In& x, ChainRule rule, Real p = 0, Real q = 0);

// The rules that gated units need, too.
Var silu_rule(const Var& x, const Var& dy);
Var gelu_rule(const Var& x, const Var& dy);
Var gelu_tanh_rule(const Var& x, const Var& dy);

}  // namespace heed
