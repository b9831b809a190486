#pragma once
// Gradients that are values: recorded like any op's result, so that they can be differentiated again.
#include <functional>
#include <vector>
#include <heed/core/tape.hpp>

namespace heed {

// An op's backward written with ops: from its operands x, its result y and dy, the gradients of the operands. Axes
// along which an operand was broadcast are summed by the caller; an empty Var stands where there is no gradient.
using Grads = std::vector<Var>;
using Derivative = std::function<Grads(const std::vector<Var>& x, const Var& y, const Var& dy)>;

// While it is alive, ops of this thread's tapes remember how to differentiate their gradients, and keep their operands
// and results for that. A gradient penalty:
//     Tape tape;
//     HigherOrder higher;
//     const Var dx = higher.gradient(sum(f(x)), {x})[0];
//     tape.backward(loss + mean(square(norm(dx, -1) - 1)));
class HEED_ABI HigherOrder : public ThreadScope<HigherOrder> {
public:
    HigherOrder();
    ~HigherOrder();

    // d sum(y) / d x for each x, as values on the tape. Throws TapeError where a gradient arrives at a value that is
    // not asked for and that was made before, or by an op whose backward is not written with ops, which it names with
    // its line; and for an x that y does not depend on.
    std::vector<Var> gradient(const Var& y, const Ins& xs, Site at = Site::current());

    void remember(const Var& y, std::initializer_list<std::reference_wrapper<const In>> operands,
                  Derivative derivative);
    void remember(const Var& y, const Ins& operands, Derivative derivative);

private:
    struct Made {
        std::vector<Var> operands;
        Var y;
        Derivative derivative;
    };
    detail::Makers makers_;  // of the outermost one: all ops while it is alive
    std::vector<Made> made_;
};

namespace detail {
template <class Operands, class F>
[[gnu::noinline, gnu::cold]] void remember(const Var& y, const Operands& operands,
                                           F&& derivative) {  // out of line: most programs never need it
    HigherOrder::innermost()->remember(y, operands, std::forward<F>(derivative));
}
}  // namespace detail

// For ops: returns y, the result of record(), which remembers its derivative while a HigherOrder is alive. `operands`
// as for record().
template <class F>
Var differentiable(Var&& y, std::initializer_list<std::reference_wrapper<const In>> operands, F&& derivative) {
    if (HigherOrder::innermost()) [[unlikely]]
        detail::remember(y, operands, std::forward<F>(derivative));
    return std::move(y);
}
template <class F>
Var differentiable(Var&& y, const Ins& operands, F&& derivative) {
    if (HigherOrder::innermost()) [[unlikely]]
        detail::remember(y, operands, std::forward<F>(derivative));
    return std::move(y);
}

// A linear function f of x whose adjoint is known, as an op; both make an Array of one. Its derivative is the op of the
// adjoint, whose derivative is this one.
template <class F, class Adjoint>
Var linear_map(const char* op, const In& x, const F& f, const Adjoint& adjoint) {
    Var y = record(op, {x}, f(x.value()), [adjoint, dx = x.slot()](const Array& dy) { dx.add_grad(adjoint(dy)); });
    return differentiable(std::move(y), {x}, [op, f, adjoint](const std::vector<Var>&, const Var&, const Var& dy) {
        return Grads{linear_map(op, In(dy), adjoint, f)};
    });
}

}  // namespace heed
