#pragma once
// Gated units: one half of each row times an activation of the other half, in one pass over them.
#include <heed/core/real.hpp>

namespace heed::kernel {

// The activation of the gate.
enum class Gate { sigmoid, silu, gelu, gelu_tanh };
constexpr int gate_count = static_cast<int>(Gate::gelu_tanh) + 1;

// y = f(gate) value for y (rows, width). Rows of gates and of values lie 2 width apart: they are halves of the same
// rows.
void gated(Gate f, const Real* gate, const Real* value, Real* y, Dim rows, Dim width);

// dgate = dy value f'(gate), dvalue = dy f(gate), which lie as gates and values do. The results overwrite.
void gated_backward(Gate f, const Real* gate, const Real* value, const Real* dy, Real* dgate, Real* dvalue, Dim rows,
                    Dim width);

}  // namespace heed::kernel
