// variance along axes.
#include <algorithm>
#include <heed/ops/reduce/moments.hpp>

namespace heed {

using kernel::Binary;

// y = sum (x - mean)^2 / (n - correction); dx = 2 (x - mean) dy / (n - correction)
Var variance(In x, Axes axes, Keep keep, Dim correction) {
    const Reduction r("variance", x, axes, keep);
    r.expect_elements("variance", x);
    const Dim divisor = r.n - correction;
    const auto text = [&] {
        return "correction is " + std::to_string(correction) + "; expected less than the " + std::to_string(r.n) +
               " elements";
    };
    require(divisor > 0, "variance", text, x.at);
    const Array slices = r.slices(x.value());
    Array middle = r.means(slices);
    const auto finish = [divisor, n = static_cast<double>(r.n)](double squares,
                                                                double rest) {  // what rounding left of the mean
        return std::max(squares - rest * rest / n, 0.0) / static_cast<double>(divisor);
    };
    Array y = squares(slices, middle, r, finish);
    Var result =
        record("variance", {x}, std::move(y), [r, divisor, middle = std::move(middle), x, dx = x.slot()](Array&& dy) {
            Array d = r.fresh();
            against(Binary::sub, r.slices(x.value()), middle, r, d.data());
            against(Binary::sub, d, r.means(d), r,
                    d.data());  // what rounding left of the mean: much, where it is far from zero
            kernel::scale(count(dy), static_cast<Real>(2.0 / static_cast<double>(divisor)), dy.data());
            against(Binary::mul, d, dy, r, d.data());
            dx.add_grad(r.undo(std::move(d), dx.shape()));
        });
    return differentiable(std::move(result), {x}, [axes, divisor](Vars v, const Var&, const Var& dy) {
        return Grads{spread_along(dy * 2 / divisor, axes, v[0].shape()) * (v[0] - mean(v[0], axes, keep_axis))};
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
    {.name = "variance/of nothing", .inputs = {{3, 0}}, .call = [](Vars in) { return variance(in[0], 1); }, .rejects = true})
// clang-format on

}  // namespace heed
