#pragma once
// Second derivatives beside differences of first ones.
#include <functional>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/ops.hpp>
#include <heed/tests/catch.hpp>

namespace heed {

// The penalty sum |df / dx|^2 over all operands x of f, by HigherOrder; with `sweep` its gradient is added to them.
static inline double penalty_of(const std::vector<Var>& in, const std::function<Var(const std::vector<Var>&)>& f,
                                bool sweep) {
    Tape tape(Key{3, 5});  // the same dropout each time
    HigherOrder higher;
    Var y = 0;
    for (const Var& dx : higher.gradient(f(in), Ins(in))) y += sum(square(dx));
    if (sweep) tape.backward(y);
    return double{y.item()};
}

// The gradient of that penalty by each operand, of which these are the values, is what differences give.
static inline void check_penalty(const std::vector<Array>& starts,
                                 const std::function<Var(const std::vector<Var>&)>& f) {
    const auto leaves = [&] {
        std::vector<Var> all;
        for (const Array& start : starts) all.push_back(Var::leaf(start));
        return all;
    };
    const std::vector<Var> in = leaves();
    penalty_of(in, f, true);
    for (std::size_t k = 0; k < in.size(); ++k)
        for (Dim i = 0; i < in[k].size(); ++i) {
            double sides[2];
            for (const int side : {0, 1}) {
                std::vector<Var> moved = leaves();
                Array at = starts[k];
                at.data()[i] += static_cast<Real>(side ? 1e-5 : -1e-5);
                moved[k] = Var::leaf(at);
                sides[side] = penalty_of(moved, f, false);
            }
            CAPTURE(k, i);
            CHECK(double{in[k].grad().storage()[static_cast<std::size_t>(i)]} ==
                  Approx((sides[1] - sides[0]) / 2e-5).epsilon(1e-6).margin(1e-6));
        }
}

}  // namespace heed
