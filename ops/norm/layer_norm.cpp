// layer_norm: normalisation by mean and variance over the last axis.
#include <heed/ops/define/op.hpp>
#include <heed/ops/kernel/rows/rows.hpp>
#include <heed/ops/norm/norm_parts.hpp>

namespace heed {

// y = (x - mean) / sqrt(variance + epsilon) gain + bias over the last axis (Ba, Kiros, Hinton, 2016); the variance
// divides by d.
Var layer_norm(In x, In gain, In bias, double epsilon) {
    check_norm("layer_norm", x, epsilon);
    expect_width("layer_norm", x, "gain", gain);
    expect_width("layer_norm", x, "bias", bias);
    const Dim n = x.dim(-1), rows = x.size() / n;
    Array y = Array::from_shape(x.shape()), mean = Array::from_shape({rows}), rstd = Array::from_shape({rows});
    kernel::layer_norm(x.data(), gain.data(), bias.data(), static_cast<Real>(epsilon), y.data(), mean.data(),
                       rstd.data(), rows, n);
    Var result =
        record("layer_norm", {x, gain, bias}, std::move(y),
               [x, gain, mean, rstd, dx = x.slot(), dg = gain.slot(), db = bias.slot(), rows, n](const Array& dy) {
                   Array from_x = Array::from_shape(x.shape()), from_gain = room_for(dg), from_bias = room_for(db);
                   kernel::layer_norm_backward(x.data(), gain.data(), mean.storage().data(), rstd.storage().data(),
                                               dy.storage().data(), from_x.data(), data_of(from_gain),
                                               data_of(from_bias), rows, n);
                   if (dx) dx.add_grad(std::move(from_x));
                   if (dg) dg.add_grad(std::move(from_gain));
                   if (db) db.add_grad(std::move(from_bias));
               });
    return differentiable(std::move(result), {x, gain, bias}, [epsilon](Vars v, const Var&, const Var& dy) {
        const Normalised of(v[0], -1, epsilon, true);
        return Grads{of.gradient(dy * v[1]), dy * of.h, dy};
    });
}

#ifdef HEED_TESTING
namespace {
Var composed_layer_norm(Vars in) {
    return (in[0] - mean(in[0], -1, keep_axis)) / sqrt(variance(in[0], -1, keep_axis) + 1e-5) * in[1] + in[2];
}
Var call_layer_norm(Vars in) { return layer_norm(in[0], in[1], in[2]); }
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "layer_norm/vector", .inputs = {{5}, {5}, {5}}, .call = call_layer_norm, .same_as = composed_layer_norm},
    {.name = "layer_norm/cube", .inputs = {{2, 3, 19}, {19}, {19}}, .call = call_layer_norm, .same_as = composed_layer_norm},
    {.name = "layer_norm/epsilon", .inputs = {{3, 4}, {4}, {4}}, .call = [](Vars in) { return layer_norm(in[0], in[1], in[2], 0.5); },
     .same_as = [](Vars in) { return (in[0] - mean(in[0], -1, keep_axis)) * rsqrt(variance(in[0], -1, keep_axis) + 0.5) * in[1] + in[2]; }},
    {.name = "layer_norm/no rows", .inputs = {{0, 3}, {3}, {3}}, .call = call_layer_norm, .flat = true},
    {.name = "layer_norm/empty axis", .inputs = {{3, 0}, {0}, {0}}, .call = call_layer_norm, .rejects = true},
    {.name = "layer_norm/scalar", .inputs = {{}, {1}, {1}}, .call = call_layer_norm, .rejects = true},
    {.name = "layer_norm/gain differs", .inputs = {{3, 4}, {3}, {4}}, .call = call_layer_norm, .rejects = true},
    {.name = "layer_norm/bias differs", .inputs = {{3, 4}, {4}, {1}}, .call = call_layer_norm, .rejects = true},
    {.name = "layer_norm/no epsilon", .inputs = {{3, 4}, {4}, {4}}, .call = [](Vars in) { return layer_norm(in[0], in[1], in[2], 0); },
     .rejects = true})
// clang-format on

}  // namespace heed
