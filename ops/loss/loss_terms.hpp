#pragma once
// Losses that are sums of one term for each element of x and target.
// Private to heed; not installed.
#include <fmt/format.h>
#include <heed/ops/define/axes.hpp>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/kernel/rows/loss_terms.hpp>
#include <heed/ops/kernel/rows/rows.hpp>
#include <heed/ops/loss/loss_parts.hpp>

namespace heed {

inline Array negative(const Array& x) {
    Array y = Array::from_shape(x.shape());
    kernel::map(kernel::Unary::neg, x.storage().data(), y.data(), count(x));
    return y;
}

HEED_ABI inline Array scalar(double value) { return filled({}, static_cast<Real>(value)); }

inline void expect_same_shape(const char* op, const In& x, const char* name, const In& target,
                              Site check = Site::current()) {
    expect(
        target.shape() == x.shape(), op, "target", target.shape(),
        [&] { return fmt::format("{} because '{}' has that shape", to_string(x.shape()), name); }, target.at, check);
    expect(x.size() > 0, op, name, x.shape(), "at least one element: the loss is a mean", x.at, check);
}

// f(x, target) of operands of one shape: those that broadcast are expanded to it, as PyTorch does with a warning.
template <class F>
Var of_one_shape(const char* op, const In& x, const In& target, F&& f, Site check = Site::current()) {
    const Shape &a = x.shape(), &b = target.shape(),
                shape = broadcast_shapes(op, a, b, target.at, check, {"x", "target"});
    const bool empty = x.size() == 0;
    expect(shape.count() > 0, op, empty ? "x" : "target", empty ? a : b, "at least one element: the loss is a mean",
           empty ? x.at : target.at, check);
    if (a == b) return f(x, target);
    const Var wide_x = a == shape ? x.var() : expand(x, shape),
              wide_t = b == shape ? target.var() : expand(target, shape);
    return f(In(wide_x, x.at), In(wide_t, target.at));
}

// A loss of one element and its derivative by x.
struct HEED_ABI Term {
    Real loss, derivative;
};

// add(share, derivatives) / divisor, where add() gives the sum of the terms and writes their derivatives, times share,
// if they are not null. The derivatives are kept while the operands are in cache; the backward only scales them.
template <class Add>
Var loss_of_sum(const char* op, const In& x, const In& target, Dim divisor, Add&& add) {
    const double share = 1 / static_cast<double>(divisor);
    const Slot dx = x.slot(), dt = target.slot();
    const bool wanted = dx || dt;
    Array derivatives = Array::from_shape(wanted ? x.shape() : Shape{0});
    const double sum = add(static_cast<Real>(share), wanted ? derivatives.data() : nullptr);
    return record(op, {x, target}, scalar(sum * share),
                  [dx, dt, derivatives = std::move(derivatives)](const Array& dy) {
                      Array d = scaled(derivatives, dy);
                      if (dt) dt.add_grad(negative(d));  // only the losses of x - target let a target have a gradient
                      if (dx) dx.add_grad(std::move(d));
                  });
}

// sum of term(x_i, target_i) / divisor
template <class F>
Var sum_of_terms(const char* op, const In& x, const In& target, Dim divisor, F&& term) {
    return loss_of_sum(op, x, target, divisor, [&](Real share, Real* derivatives) {
        const Real *px = x.data(), *pt = target.data();
        double sum = 0;
        for (Dim i = 0, n = x.size(); i < n; ++i) {
            const Term t = term(px[i], pt[i]);
            sum += static_cast<double>(t.loss);
            if (derivatives != nullptr) derivatives[i] = t.derivative * share;
        }
        return sum;
    });
}

// The mean of the kernel's terms.
inline Var mean_of_terms(const char* op, const In& x, const In& target, kernel::LossTerm term, double parameter = 0) {
    return loss_of_sum(op, x, target, x.size(), [&](Real share, Real* derivatives) {
        return kernel::sum_of_terms(term, x.data(), target.data(), x.size(), static_cast<Real>(parameter), share,
                                    derivatives);
    });
}

// 0 <= every element <= high, which is `range` in words.
inline void expect_range(const char* op, const In& x, const char* name, Real high, const char* range,
                         Site check = Site::current()) {
    const Real* p = x.data();
    Real least = 0, most = 0;
    kernel::reduce(kernel::Reduce::min, p, 1, x.size(), 1, &least);
    kernel::reduce(kernel::Reduce::max, p, 1, x.size(), 1, &most);
    if (least >= 0 && most <= high) return;
    for (Dim i = 0, n = x.size(); i < n; ++i)
        require(
            p[i] >= 0 && p[i] <= high, op,
            [&] {
                return fmt::format("argument '{}' holds {} at {}; expected {}", name, p[i], index_text(i, x.shape()),
                                   range);
            },
            x.at, check);
}

// The target of a loss that has no derivative by it: no gradient wanted, and elements in this range.
inline void expect_constant_target(const char* op, const In& target, Real high, const char* range,
                                   Site check = Site::current()) {
    require(!target.wants_grad(), op,
            "argument 'target' wants a gradient, but this loss has none to give it; pass target.detach()", target.at,
            check);
    expect_range(op, target, "target", high, range, check);
}

#ifdef HEED_TESTING
// Targets of the cases below: values in [0, 1], the first two of them at its ends.
inline Array target_like(const Var& x) {
    Array t = Array::from_shape(x.shape());
    for (Dim i = 0; i < x.size(); ++i) t.data()[i] = i < 2 ? static_cast<Real>(i) : static_cast<Real>(i % 7) / 7;
    return t;
}
#endif

}  // namespace heed
