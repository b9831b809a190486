// variance and stddev, its root, along axes.
#include <algorithm>
#include <cmath>
#include <heed/ops/reduce/moments.hpp>

namespace heed {

using kernel::Binary;

namespace {

// n - correction, which is checked.
Dim divisor_of(const char* op, const Reduction& r, const In& x, Dim correction, Site check = Site::current()) {
    r.expect_elements(op, x, check);
    const auto text = [&] {
        return "correction is " + std::to_string(correction) + "; expected less than the " + std::to_string(r.n) +
               " elements";
    };
    const Dim divisor = saturated_sum(r.n, saturated_product(correction, -1));
    require(divisor > 0, op, text, x.at, check);
    return divisor;
}

// sum (x - middle)^2 / divisor of each slice, in double, given to `finish`.
template <class Finish>
Array variances(const Array& slices, const Array& middle, const Reduction& r, Dim divisor, Finish finish) {
    return squares(slices, middle, r, [divisor, n = static_cast<double>(r.n), finish](double squares, double rest) {
        const double left = squares - rest * rest / n;  // without what rounding left of the mean
        return finish(std::max(left, 0.0) / static_cast<double>(divisor));
    });
}

// x - mean. What rounding left of the mean is much, where it is far from zero.
Array centred(const Array& slices, const Array& middle, const Reduction& r) {
    Array d = r.fresh();
    against(Binary::sub, slices, middle, r, d.data());
    against(Binary::sub, d, r.means(d), r, d.data());
    return d;
}

}  // namespace

// y = sum (x - mean)^2 / (n - correction); dx = 2 (x - mean) dy / (n - correction)
Var variance(In x, Axes axes, Keep keep, Dim correction) {
    const Reduction r("variance", x, axes, keep);
    const Dim divisor = divisor_of("variance", r, x, correction);
    const Array slices = r.slices(x.value());
    Array middle = r.means(slices);
    Array y = variances(slices, middle, r, divisor, [](double v) { return v; });
    Var result =
        record("variance", {x}, std::move(y), [r, divisor, middle = std::move(middle), x, dx = x.slot()](Array&& dy) {
            Array d = centred(r.slices(x.value()), middle, r);
            kernel::scale(count(dy), static_cast<Real>(2.0 / static_cast<double>(divisor)), dy.data());
            against(Binary::mul, d, dy, r, d.data());
            dx.add_grad(r.undo(std::move(d), dx.shape()));
        });
    return differentiable(std::move(result), {x}, [axes, divisor](Vars v, const Var&, const Var& dy) {
        return Grads{spread_along(dy * 2 / divisor, axes, v[0].shape()) * (v[0] - mean(v[0], axes, keep_axis))};
    });
}

// y = sqrt(variance); dx = dy (x - mean) / y / (n - correction), and zero where y is zero.
Var stddev(In x, Axes axes, Keep keep, Dim correction) {
    const Reduction r("stddev", x, axes, keep);
    const Dim divisor = divisor_of("stddev", r, x, correction);
    const Array slices = r.slices(x.value());
    Array middle = r.means(slices);
    Array y = variances(slices, middle, r, divisor, [](double v) { return std::sqrt(v); });
    Var result = record("stddev", {x}, std::move(y),
                        [r, divisor, middle = std::move(middle), x, dx = x.slot()](Array y, Array&& dy) {
                            Real *s = y.data(), *g = dy.data();
                            for (Dim i = 0; i < r.results(); ++i)
                                if (s[i] == 0) s[i] = 1, g[i] = 0;
                            kernel::scale(count(dy), static_cast<Real>(1.0 / static_cast<double>(divisor)), dy.data());
                            Array d = centred(r.slices(x.value()), middle, r);
                            against(Binary::div, d, y, r, d.data());
                            against(Binary::mul, d, dy, r, d.data());
                            dx.add_grad(r.undo(std::move(d), dx.shape()));
                        });
    return differentiable(std::move(result), {x}, [axes, divisor](Vars v, const Var& y, const Var& dy) {
        const Shape& shape = v[0].shape();
        const Var derivative = where(y, dy / divisor, 0), unit = where(y, y, 1);
        return Grads{(v[0] - mean(v[0], axes, keep_axis)) / spread_along(unit, axes, shape) *
                     spread_along(derivative, axes, shape)};
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "variance/last axis", .inputs = {{3, 45}}, .call = [](Vars in) { return variance(in[0], -1); },
     .same_as = [](Vars in) { return mean(square(in[0] - mean(in[0], -1, keep_axis)), -1); }},
    {.name = "variance/first axis, sample", .inputs = {{5, 45}}, .call = [](Vars in) { return variance(in[0], 0, keep_axis, 1); },
     .same_as = [](Vars in) { return sum(square(in[0] - mean(in[0], 0)), 0, keep_axis) / 4; }},
    {.name = "variance/axes apart", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return variance(in[0], {0, 2}); },
     .same_as = [](Vars in) { return mean(square(in[0] - mean(in[0], {0, 2}, keep_axis)), {0, 2}); }},
    {.name = "variance/far from zero", .inputs = {{6}}, .call = [](Vars in) { return variance(in[0] + 1000); },
     .same_as = [](Vars in) { return mean(square(in[0] + 1000 - mean(in[0] + 1000))); }},
    {.name = "variance/one element", .inputs = {{3, 1}}, .call = [](Vars in) { return variance(in[0], 1); }, .flat = true},
    {.name = "variance/nothing left", .inputs = {{3, 1}}, .call = [](Vars in) { return variance(in[0], 1, drop_axis, 1); }, .rejects = true},
    {.name = "variance/of nothing", .inputs = {{3, 0}}, .call = [](Vars in) { return variance(in[0], 1); }, .rejects = true},
    {.name = "stddev/last axis", .inputs = {{3, 45}}, .call = [](Vars in) { return stddev(in[0], -1); },
     .same_as = [](Vars in) { return sqrt(variance(in[0], -1)); }},
    {.name = "stddev/first axis, sample", .inputs = {{5, 45}}, .call = [](Vars in) { return stddev(in[0], 0, keep_axis, 1); },
     .same_as = [](Vars in) { return sqrt(variance(in[0], 0, keep_axis, 1)); }},
    {.name = "stddev/axes apart", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return stddev(in[0], {0, 2}); },
     .same_as = [](Vars in) { return sqrt(variance(in[0], {0, 2})); }},
    {.name = "stddev/everything", .inputs = {{2, 3}}, .call = [](Vars in) { return stddev(in[0]); },
     .same_as = [](Vars in) { return norm(in[0] - mean(in[0])) / sqrt(6); }},
    {.name = "stddev/one element", .inputs = {{3, 1}}, .call = [](Vars in) { return stddev(in[0] * 0, 1); }, .flat = true},
    {.name = "stddev/nothing left", .inputs = {{3, 1}}, .call = [](Vars in) { return stddev(in[0], 1, drop_axis, 1); }, .rejects = true},
    {.name = "stddev/of nothing", .inputs = {{3, 0}}, .call = [](Vars in) { return stddev(in[0], 1); }, .rejects = true})
// clang-format on

}  // namespace heed
