#include <heed/ops/kernel/functions.hpp>

namespace heed::kernel {

bool reads_x(Unary f) {
    switch (f) {
        case Unary::abs: case Unary::log: case Unary::square: case Unary::sin: case Unary::cos: case Unary::erf:
        case Unary::gelu: case Unary::gelu_tanh: case Unary::silu: case Unary::softplus: case Unary::log_sigmoid:
        case Unary::leaky_relu: case Unary::elu: case Unary::pow_scalar: case Unary::clamp: return true;
        default: return false;
    }
}

bool reads_y(Unary f) {
    switch (f) {
        case Unary::exp: case Unary::sqrt: case Unary::rsqrt: case Unary::reciprocal:
        case Unary::tanh: case Unary::sigmoid: case Unary::relu: return true;
        default: return false;
    }
}

}  // namespace heed::kernel
