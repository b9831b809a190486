// group_norm: normalisation by mean and variance of groups of channels.
#include <limits>
#include <fmt/format.h>
#include <heed/ops/kernel/rows/group_norm.hpp>
#include <heed/ops/norm/norm_parts.hpp>

namespace heed {
namespace {

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
    const Dim positions = x.size() / std::max<Dim>(batch, 1) / channels;
    Array y = Array::from_shape(x.shape()), moments = Array::from_shape({2, batch, groups});
    const auto norm_of = [batch, positions, channels, groups](const In& of, const In& by, Array& m) {
        Real* const mean = m.data();
        return kernel::GroupNorm{batch, positions, channels, groups, of.data(), by.data(), mean, mean + batch * groups};
    };
    if (x.size() > 0) kernel::group_norm(norm_of(x, gain, moments), bias.data(), static_cast<Real>(epsilon), y.data());
    Var result =
        record("group_norm", {x, gain, bias}, std::move(y),
               [norm_of, x, gain, moments, dx = x.slot(), dg = gain.slot(), db = bias.slot()](const Array& dy) {
                   Array d = room_for(dx), dgain = room_for(dg), dbias = room_for(db), kept = moments;
                   kernel::group_norm_backward(norm_of(x, gain, kept), dy.storage().data(), data_of(d), data_of(dgain),
                                               data_of(dbias));
                   if (dx) dx.add_grad(std::move(d));
                   if (dg) dg.add_grad(std::move(dgain));
                   if (db) db.add_grad(std::move(dbias));
               });
    return differentiable(std::move(result), {x, gain, bias}, [=](Vars v, const Var&, const Var& dy) {
        if (v[0].size() == 0) return Grads{dy, dy, dy};  // nothing has no mean
        const Shape shape = v[0].shape(), apart{batch, positions, groups, channels / groups};
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
