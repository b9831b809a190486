// Gated units for one instruction set.
#include <heed/ops/kernel/fused/fused_table.hpp>
#include <heed/ops/kernel/simd/vector.hpp>
#include <heed/ops/kernel/simd/vector_math.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

// F and S are lambdas without captures: the activation and its derivative.
template <class F>
void forward(const Real* gate, const Real* value, Real* y, Dim n) {
    row_each(n, [&](Dim i, Dim count) { store(y + i, F{}(load(gate + i, count)) * load(value + i, count), count); });
}

template <class F, class S>
void backward(const Real* gate, const Real* value, const Real* dy, Real* dgate, Real* dvalue, Dim n) {
    row_each(n, [&](Dim i, Dim count) {
        const V g = load(gate + i, count), d = load(dy + i, count);
        store(dgate + i, d * load(value + i, count) * S{}(g), count);
        store(dvalue + i, d * F{}(g), count);
    });
}

template <class F, class S>
void set(GatedFamily& family, Gate gate, F, S) {
    family.forward[static_cast<int>(gate)] = forward<F>;
    family.backward[static_cast<int>(gate)] = backward<F, S>;
}

}  // namespace

void fill(GatedFamily& t) {
    set(
        t, Gate::sigmoid, [](V x) { return sigmoid(x); },
        [](V x) {
            const V s = sigmoid(x);
            return s * (V(Real(1)) - s);
        });
    set(
        t, Gate::silu, [](V x) { return silu(x); }, [](V x) { return silu_derivative(x); });
    set(
        t, Gate::gelu, [](V x) { return gelu(x); }, [](V x) { return gelu_derivative(x); });
    set(
        t, Gate::gelu_tanh, [](V x) { return gelu_tanh(x); }, [](V x) { return gelu_tanh_derivative(x); });
}

}  // namespace heed::kernel::HEED_ISA_NS
