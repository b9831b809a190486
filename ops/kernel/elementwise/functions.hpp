#pragma once
// The names of the elementwise functions and reductions; what each does is in pointwise_isa.cpp, binary_isa.cpp and
// reduce_isa.cpp. A new one is a name here and a line there (for a unary one also below).

namespace heed::kernel {

// p and q are the parameters that kernel::map takes.
enum class Unary {
    neg,
    abs,
    sign,
    exp,
    log,
    sqrt,
    rsqrt,
    square,
    reciprocal,
    sin,
    cos,
    erf,
    tanh,
    sigmoid,
    relu,
    gelu /* x Phi(x) */,
    gelu_tanh /* its approximation by tanh */,
    silu /* x sigmoid(x) */,
    softplus /* log(1 + e^x) */,
    log_sigmoid,
    leaky_relu /* p x below 0 */,
    elu /* p (e^x - 1) below 0 */,
    pow_scalar /* x^p */,
    add_scalar /* x + p */,
    mul_scalar /* x p */,
    clamp /* to p..q */,
    round /* halves to even */,
    floor,
    ceil,
    trunc,  // these four and sign have the gradient 0
    exp2,
    log2,
    expm1 /* e^x - 1 */,
    log1p /* log(1 + x) */,
    tan,
    asin,
    acos,
    atan,
    sinh,
    cosh,
    mish /* x tanh(softplus(x)) */,
    hardswish /* x hardsigmoid(x) */,
    hardsigmoid /* (x + 3) / 6, clamped to 0..1 */,
    cube
};
constexpr int unary_count = static_cast<int>(Unary::cube) + 1;

// What map_backward reads beside dy: the argument x, the result y, or neither.
constexpr bool reads_x(Unary f) {
    switch (f) {
    case Unary::abs:
    case Unary::log:
    case Unary::square:
    case Unary::cube:
    case Unary::sin:
    case Unary::cos:
    case Unary::erf:
    case Unary::gelu:
    case Unary::gelu_tanh:
    case Unary::silu:
    case Unary::softplus:
    case Unary::log_sigmoid:
    case Unary::leaky_relu:
    case Unary::elu:
    case Unary::pow_scalar:
    case Unary::clamp:
    case Unary::log2:
    case Unary::log1p:
    case Unary::asin:
    case Unary::acos:
    case Unary::atan:
    case Unary::sinh:
    case Unary::cosh:
    case Unary::mish:
    case Unary::hardswish:
    case Unary::hardsigmoid: return true;
    default: return false;
    }
}

constexpr bool reads_y(Unary f) {
    switch (f) {
    case Unary::exp:
    case Unary::sqrt:
    case Unary::rsqrt:
    case Unary::reciprocal:
    case Unary::tanh:
    case Unary::sigmoid:
    case Unary::relu:
    case Unary::exp2:
    case Unary::expm1:
    case Unary::tan: return true;
    default: return false;
    }
}

// The comparisons give 1 or 0. max and min give NaN if an operand is NaN.
enum class Binary {
    add,
    sub,
    mul,
    div,
    max,
    min,
    pow,
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    atan2
};
constexpr int binary_count = static_cast<int>(Binary::atan2) + 1;

enum class Reduce { sum, prod, max, min };
constexpr int reduce_count = static_cast<int>(Reduce::min) + 1;

}  // namespace heed::kernel
