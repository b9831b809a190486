#pragma once
// What layer_norm and rms_norm share: their checks, and room for the gradients that are wanted.
// Private to heed; not installed.
#include <limits>
#include <fmt/format.h>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>

namespace heed {

inline void check_norm(const char* op, const In& x, double epsilon, Site check = Site::current()) {
    expect(x.rank() > 0 && x.dim(-1) > 0, op, "x", x.shape(), "a last axis with at least one element", x.at, check);
    require(
        epsilon > 0 && epsilon <= double(std::numeric_limits<Real>::max()), op,
        [&] { return fmt::format("epsilon is {}; expected a finite number > 0", epsilon); }, x.at, check);
}

inline void expect_width(const char* op, const In& x, const char* name, const In& scale, Site check = Site::current()) {
    expect(
        scale.rank() == 1 && scale.dim(0) == x.dim(-1), op, name, scale.shape(),
        [&] { return fmt::format("({}) because 'x' is {}", x.dim(-1), to_string(x.shape())); }, scale.at, check);
}

// An array for a gradient that is wanted, else one without elements.
inline Array room_for(const Slot& slot) { return Array::from_shape(slot ? slot.shape() : Shape{0}); }
inline Real* data_of(Array& x) { return count(x) ? x.data() : nullptr; }

// The gradients of a normalisation over `axes` as ops: with h = (x - mean) r, r = 1 / sqrt(mean of squares + epsilon)
// and g the gradient of h, that of x is r (g - mean(g) - h mean(g h)), without the means that are not subtracted.
struct HEED_ABI Normalised {
    Var r, h;
    Axes axes;
    bool centred;
    Normalised(const Var& x, const Axes& over, double epsilon, bool centre) : axes(over), centred(centre) {
        const Var c = centre ? x - mean(x, over, keep_axis) : x;
        r = rsqrt(mean(square(c), over, keep_axis) + epsilon);
        h = c * r;
    }
    Var gradient(const Var& g) const {
        const Var rest = centred ? g - mean(g, axes, keep_axis) : g;
        return r * (rest - h * mean(g * h, axes, keep_axis));
    }
};

}  // namespace heed
