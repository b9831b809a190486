// rms_norm: normalisation by the root of the mean square over the last axis.
#include <heed/ops/define/op.hpp>
#include <heed/ops/kernel/rows/rows.hpp>
#include <heed/ops/norm/norm_parts.hpp>

namespace heed {

// y = x / sqrt(mean of x^2 + epsilon) gain over the last axis (Zhang, Sennrich, 2019).
Var rms_norm(In x, In gain, double epsilon) {
    check_norm("rms_norm", x, epsilon);
    expect_width("rms_norm", x, "gain", gain);
    const Dim n = x.dim(-1), rows = x.size() / n;
    Array y = Array::from_shape(x.shape()), rstd = Array::from_shape({rows});
    kernel::rms_norm(x.data(), gain.data(), static_cast<Real>(epsilon), y.data(), rstd.data(), rows, n);
    Var result = record("rms_norm", {x, gain}, std::move(y),
                        [x, gain, rstd, dx = x.slot(), dg = gain.slot(), rows, n](const Array& dy) {
                            Array from_x = Array::from_shape(x.shape()), from_gain = room_for(dg);
                            kernel::rms_norm_backward(x.data(), gain.data(), rstd.storage().data(), dy.storage().data(),
                                                      from_x.data(), data_of(from_gain), rows, n);
                            if (dx) dx.add_grad(std::move(from_x));
                            if (dg) dg.add_grad(std::move(from_gain));
                        });
    return differentiable(std::move(result), {x, gain}, [epsilon](Vars v, const Var&, const Var& dy) {
        const Normalised of(v[0], -1, epsilon, false);
        return Grads{of.gradient(dy * v[1]), dy * of.h};
    });
}

#ifdef HEED_TESTING
namespace {
Var composed_rms_norm(Vars in) { return in[0] / sqrt(mean(square(in[0]), -1, keep_axis) + 1e-6) * in[1]; }
Var call_rms_norm(Vars in) { return rms_norm(in[0], in[1]); }
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "rms_norm/vector", .inputs = {{5}, {5}}, .call = call_rms_norm, .same_as = composed_rms_norm},
    {.name = "rms_norm/cube", .inputs = {{2, 3, 19}, {19}}, .call = call_rms_norm, .same_as = composed_rms_norm},
    {.name = "rms_norm/no rows", .inputs = {{0, 3}, {3}}, .call = call_rms_norm, .flat = true},
    {.name = "rms_norm/empty axis", .inputs = {{3, 0}, {0}}, .call = call_rms_norm, .rejects = true},
    {.name = "rms_norm/scalar", .inputs = {{}, {1}}, .call = call_rms_norm, .rejects = true},
    {.name = "rms_norm/gain differs", .inputs = {{3, 4}, {3, 4}}, .call = call_rms_norm, .rejects = true},
    {.name = "rms_norm/negative epsilon", .inputs = {{3, 4}, {4}}, .call = [](Vars in) { return rms_norm(in[0], in[1], -1); }, .rejects = true})
// clang-format on

}  // namespace heed
