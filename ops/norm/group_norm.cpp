// group_norm: normalisation by mean and variance of groups of channels.
#include <limits>
#include <fmt/format.h>
#include <heed/ops/define/elementwise.hpp>
#include <heed/ops/kernel/elementwise/permute.hpp>
#include <heed/ops/kernel/rows/rows.hpp>
#include <heed/ops/norm/norm_parts.hpp>

namespace heed {
namespace {

// x (b, positions, groups, c / groups); its rows to normalise are (b, groups) of (positions, c / groups).
struct Groups {
    Dim batch, positions, groups, width;
    Dim rows() const { return batch * groups; }
    Dim row() const { return positions * width; }

    // A row's elements side by side, and back.
    Array gathered(const Array& x) const {
        return swapped(x, {batch, positions, groups, width}, {batch, groups, positions, width});
    }
    Array scattered(const Array& rows, const Shape& shape) const {
        return reshaped(swapped(rows, {batch, groups, positions, width}, shape), shape);
    }

private:
    static Array swapped(const Array& x, const Shape& from, const Shape& to) {
        constexpr Dim middle[] = {0, 2, 1, 3};
        if (from[1] == 1 || from[2] == 1) return x;
        Array y = Array::from_shape(to);
        kernel::permute(from, middle, x.storage().data(), y.data());
        return y;
    }
};

void expect_channels(const In& x, const char* name, const In& scale) {
    expect(
        scale.rank() == 1 && scale.dim(0) == x.dim(-1), "group_norm", name, scale.shape(),
        [&] { return fmt::format("({}) because 'x' is {}", x.dim(-1), to_string(x.shape())); }, scale.at);
}

}  // namespace

// y = (x - mean) / sqrt(variance + epsilon) gain + bias (Wu, He, 2018); mean and variance are those of one example's
// group of channels at all its positions, and the variance divides by their number. gain and bias (c).
Var group_norm(In x, Dim groups, In gain, In bias, double epsilon) {
    expect(x.rank() >= 2 && x.dim(-1) > 0, "group_norm", "x", x.shape(), "(b, ..., c) with at least one channel", x.at);
    const Dim channels = x.dim(-1), batch = x.dim(0);
    require(
        groups >= 1 && channels % groups == 0, "group_norm",
        [&] {
            return fmt::format("{} groups of the {} channels of {}; expected a divisor", groups, channels,
                               to_string(x.shape()));
        },
        x.at);
    require(
        epsilon > 0 && epsilon <= double(std::numeric_limits<Real>::max()), "group_norm",
        [&] { return fmt::format("epsilon is {}; expected a finite number > 0", epsilon); }, x.at);
    expect_channels(x, "gain", gain);
    expect_channels(x, "bias", bias);
    const Groups g{batch, x.size() / std::max<Dim>(batch, 1) / channels, groups, channels / groups};
    const Array rows = g.gathered(x.value());
    Array normal = Array::from_shape(rows.shape()), mean = Array::from_shape({g.rows()}),
          rstd = Array::from_shape({g.rows()});
    kernel::layer_norm(rows.storage().data(), nullptr, nullptr, static_cast<Real>(epsilon), normal.data(), mean.data(),
                       rstd.data(), g.rows(), g.row());
    normal = g.scattered(normal, x.shape());
    Array y = combine(kernel::Binary::mul, normal, gain.value(), x.shape());
    combine_into(kernel::Binary::add, y, bias.value());
    Var result =
        record("group_norm", {x, gain, bias}, std::move(y),
               [g, x, gain, normal, mean, rstd, dx = x.slot(), dg = gain.slot(), db = bias.slot()](const Array& dy) {
                   if (dx) {
                       const Array given = g.gathered(x.value()),
                                   dnormal = g.gathered(combine(kernel::Binary::mul, dy, gain.value(), dy.shape()));
                       Array d = Array::from_shape(given.shape());
                       kernel::layer_norm_backward(given.storage().data(), nullptr, mean.storage().data(),
                                                   rstd.storage().data(), dnormal.storage().data(), d.data(), nullptr,
                                                   nullptr, g.rows(), g.row());
                       dx.add_grad(g.scattered(d, x.shape()));
                   }
                   if (dg) dg.add_grad(combine(kernel::Binary::mul, dy, normal, dy.shape()));
                   if (db) db.add_grad(dy);
               });
    return differentiable(std::move(result), {x, gain, bias}, [g, epsilon](Vars v, const Var&, const Var& dy) {
        if (v[0].size() == 0) return Grads{dy, dy, dy};  // nothing has no mean
        const Shape shape = v[0].shape(), apart{g.batch, g.positions, g.groups, g.width};
        const Normalised of(reshape(v[0], apart), {1, 3}, epsilon, true);
        return Grads{reshape(of.gradient(reshape(dy * v[1], apart)), shape), dy * reshape(of.h, shape), dy};
    });
}

#ifdef HEED_TESTING
namespace {
template <Dim groups>
Var call(Vars in) {
    return group_norm(in[0], groups, in[1], in[2]);
}
template <Dim groups>
Var composed(Vars in) {
    const Var x = reshape(in[0], {in[0].dim(0), -1, groups, in[0].dim(-1) / groups});
    return reshape((x - mean(x, {1, 3}, keep_axis)) / sqrt(variance(x, {1, 3}, keep_axis) + 1e-5), in[0].shape()) *
               in[1] +
           in[2];
}
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "group_norm/images", .inputs = {{2, 3, 2, 6}, {6}, {6}}, .call = call<3>, .same_as = composed<3>},
    {.name = "group_norm/sequence", .inputs = {{2, 5, 4}, {4}, {4}}, .call = call<2>, .same_as = composed<2>},
    {.name = "group_norm/one group", .inputs = {{2, 3, 4}, {4}, {4}}, .call = call<1>, .same_as = composed<1>},
    {.name = "group_norm/each channel its own", .inputs = {{2, 5, 3}, {3}, {3}}, .call = call<3>, .same_as = composed<3>},
    {.name = "group_norm/no places", .inputs = {{3, 4}, {4}, {4}}, .call = call<2>, .same_as = composed<2>},
    {.name = "group_norm/no examples", .inputs = {{0, 3, 4}, {4}, {4}}, .call = call<2>, .flat = true},
    {.name = "group_norm/an empty axis", .inputs = {{2, 0, 4}, {4}, {4}}, .call = call<2>, .flat = true},
    {.name = "group_norm/no channels", .inputs = {{2, 3, 0}, {0}, {0}}, .call = call<2>, .rejects = true},
    {.name = "group_norm/vector", .inputs = {{4}, {4}, {4}}, .call = call<2>, .rejects = true},
    {.name = "group_norm/groups do not divide", .inputs = {{2, 3, 4}, {4}, {4}}, .call = call<3>, .rejects = true},
    {.name = "group_norm/no groups", .inputs = {{2, 3, 4}, {4}, {4}}, .call = call<0>, .rejects = true},
    {.name = "group_norm/gain differs", .inputs = {{2, 3, 4}, {2}, {4}}, .call = call<2>, .rejects = true},
    {.name = "group_norm/bias differs", .inputs = {{2, 3, 4}, {4}, {1, 4}}, .call = call<2>, .rejects = true},
    {.name = "group_norm/no epsilon", .inputs = {{2, 3, 4}, {4}, {4}}, .call = [](Vars in) { return group_norm(in[0], 2, in[1], in[2], 0); },
     .rejects = true})
// clang-format on

}  // namespace heed
