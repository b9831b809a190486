// glu, swiglu, geglu, geglu_tanh: one half of an axis times an activation of the other half, in one pass.
#include <fmt/format.h>
#include <heed/ops/elementwise/unary.hpp>
#include <heed/ops/kernel/fused/gated.hpp>

namespace heed {

using kernel::Gate;

namespace {

// The gradients of gate and value, written with ops.
using Halves = std::array<Var, 2> (*)(const Var& gate, const Var& value, const Var& dy);

Var gated(const char* op, Gate f, const In& x, Dim axis, bool gate_first, Halves gradients) {
    expect(x.rank() > 0, op, "x", x.shape(), "at least one axis", x.at);
    const std::size_t position = find_axis(op, axis, x.shape(), x.at);
    expect(
        x.shape()[position] % 2 == 0, op, "x", x.shape(),
        [&] { return fmt::format("an even size at axis {}, which is halved", position); }, x.at);
    const Dim half = x.shape()[position] / 2;
    Shape shape = x.shape();
    shape[position] = half;
    // As rows of two halves each, which lie side by side whichever axis it is.
    Dim width = 1;
    for (std::size_t i = position; i < shape.size(); ++i) width *= shape[i];
    const Dim rows = width == 0 ? 0 : shape.count() / width, gate = gate_first ? 0 : width, value = width - gate;
    Array y = Array::from_shape(shape);
    kernel::gated(f, x.data() + gate, x.data() + value, y.data(), rows, width);
    Var result = record(op, {x}, std::move(y), [=, dx = x.slot()](const Array& dy) {
        Array d = Array::from_shape(x.shape());
        kernel::gated_backward(f, x.data() + gate, x.data() + value, dy.storage().data(), d.data() + gate,
                               d.data() + value, rows, width);
        dx.add_grad(std::move(d));
    });
    const Dim along = static_cast<Dim>(position);
    return differentiable(std::move(result), {x}, [=](Vars v, const Var&, const Var& dy) {
        const Var first = slice(v[0], along, 0, half), second = slice(v[0], along, half, 2 * half);
        const auto [dgate, dvalue] = gradients(gate_first ? first : second, gate_first ? second : first, dy);
        return Grads{gate_first ? concat({dgate, dvalue}, along) : concat({dvalue, dgate}, along)};
    });
}

}  // namespace

// a sigmoid(b) of the halves a and b of the axis (Dauphin et al., "Language Modeling with Gated Convolutional
// Networks", 2017).
Var glu(In x, Dim axis) {
    return gated("glu", Gate::sigmoid, x, axis, false, [](const Var& gate, const Var& value, const Var& dy) {
        const Var s = sigmoid(gate);
        return std::array{dy * value * (s * (1 - s)), dy * s};
    });
}

// Shazeer, "GLU Variants Improve Transformer", 2020: silu(a) b and gelu(a) b of the halves a and b of the last axis.
// The gate comes first, as where Llama's gate_proj and up_proj, or T5's wi_0 and wi_1, are one product. (PyTorch's glu
// has it last.) geglu's gelu is the exact one; T5 1.1 and Gemma were trained with geglu_tanh.
Var swiglu(In x) {
    return gated("swiglu", Gate::silu, x, -1, true, [](const Var& gate, const Var& value, const Var& dy) {
        return std::array{silu_rule(gate, dy * value), dy * silu(gate)};
    });
}
Var geglu(In x) {
    return gated("geglu", Gate::gelu, x, -1, true, [](const Var& gate, const Var& value, const Var& dy) {
        return std::array{gelu_rule(gate, dy * value), dy * gelu(gate)};
    });
}
Var geglu_tanh(In x) {
    return gated("geglu_tanh", Gate::gelu_tanh, x, -1, true, [](const Var& gate, const Var& value, const Var& dy) {
        return std::array{gelu_tanh_rule(gate, dy * value), dy * gelu_tanh(gate)};
    });
}

#ifdef HEED_TESTING
namespace {
// The first and the second half of an axis.
Var first(const Var& x, Dim axis = -1) { return slice(x, axis, 0, x.dim(axis) / 2); }
Var second(const Var& x, Dim axis = -1) { return slice(x, axis, x.dim(axis) / 2, x.dim(axis)); }
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "glu/vector", .inputs = {{6}}, .call = [](Vars in) { return glu(in[0]); },
     .same_as = [](Vars in) { return first(in[0]) * sigmoid(second(in[0])); }},
    {.name = "glu/cube", .inputs = {{2, 3, 38}}, .call = [](Vars in) { return glu(in[0]); },
     .same_as = [](Vars in) { return first(in[0]) * sigmoid(second(in[0])); }},
    {.name = "glu/first axis", .inputs = {{4, 3}}, .call = [](Vars in) { return glu(in[0], 0); },
     .same_as = [](Vars in) { return first(in[0], 0) * sigmoid(second(in[0], 0)); }},
    {.name = "glu/middle axis", .inputs = {{2, 6, 5}}, .call = [](Vars in) { return glu(in[0], -2); },
     .same_as = [](Vars in) { return first(in[0], 1) * sigmoid(second(in[0], 1)); }},
    {.name = "glu/empty", .inputs = {{0, 4}}, .call = [](Vars in) { return glu(in[0]); }, .flat = true},
    {.name = "glu/empty axis", .inputs = {{3, 0}}, .call = [](Vars in) { return glu(in[0]); }, .flat = true},
    {.name = "glu/scalar", .inputs = {{}}, .call = [](Vars in) { return glu(in[0]); }, .rejects = true},
    {.name = "glu/odd size", .inputs = {{2, 3}}, .call = [](Vars in) { return glu(in[0]); }, .rejects = true},
    {.name = "glu/no such axis", .inputs = {{2, 4}}, .call = [](Vars in) { return glu(in[0], 2); }, .rejects = true},
    {.name = "swiglu/vector", .inputs = {{6}}, .call = [](Vars in) { return swiglu(in[0]); },
     .same_as = [](Vars in) { return silu(first(in[0])) * second(in[0]); }},
    {.name = "swiglu/cube", .inputs = {{2, 3, 38}}, .call = [](Vars in) { return swiglu(in[0]); },
     .same_as = [](Vars in) { return silu(first(in[0])) * second(in[0]); }},
    {.name = "swiglu/empty", .inputs = {{0, 4}}, .call = [](Vars in) { return swiglu(in[0]); }, .flat = true},
    {.name = "swiglu/odd size", .inputs = {{2, 3}}, .call = [](Vars in) { return swiglu(in[0]); }, .rejects = true},
    {.name = "swiglu/scalar", .inputs = {{}}, .call = [](Vars in) { return swiglu(in[0]); }, .rejects = true},
    {.name = "geglu/vector", .inputs = {{6}}, .call = [](Vars in) { return geglu(in[0]); },
     .same_as = [](Vars in) { return gelu(first(in[0])) * second(in[0]); }},
    {.name = "geglu/cube", .inputs = {{2, 3, 38}}, .call = [](Vars in) { return geglu(in[0]); },
     .same_as = [](Vars in) { return gelu(first(in[0])) * second(in[0]); }},
    {.name = "geglu/empty", .inputs = {{0, 4}}, .call = [](Vars in) { return geglu(in[0]); }, .flat = true},
    {.name = "geglu/odd size", .inputs = {{2, 3}}, .call = [](Vars in) { return geglu(in[0]); }, .rejects = true},
    {.name = "geglu/scalar", .inputs = {{}}, .call = [](Vars in) { return geglu(in[0]); }, .rejects = true},
    {.name = "geglu_tanh/vector", .inputs = {{6}}, .call = [](Vars in) { return geglu_tanh(in[0]); },
     .same_as = [](Vars in) { return gelu_tanh(first(in[0])) * second(in[0]); }},
    {.name = "geglu_tanh/cube", .inputs = {{2, 3, 38}}, .call = [](Vars in) { return geglu_tanh(in[0]); },
     .same_as = [](Vars in) { return gelu_tanh(first(in[0])) * second(in[0]); }},
    {.name = "geglu_tanh/empty", .inputs = {{0, 4}}, .call = [](Vars in) { return geglu_tanh(in[0]); }, .flat = true},
    {.name = "geglu_tanh/odd size", .inputs = {{2, 3}}, .call = [](Vars in) { return geglu_tanh(in[0]); }, .rejects = true},
    {.name = "geglu_tanh/scalar", .inputs = {{}}, .call = [](Vars in) { return geglu_tanh(in[0]); }, .rejects = true})
// clang-format on

}  // namespace heed
