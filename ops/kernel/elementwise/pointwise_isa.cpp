// Unary functions and their derivatives for one instruction set.
#include <numbers>
#include <heed/ops/kernel/elementwise/pointwise_table.hpp>
#include <heed/ops/kernel/simd/vector.hpp>
#include <heed/ops/kernel/simd/vector_math.hpp>
#include <heed/ops/kernel/simd/vector_trigonometry.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

// The functions are lambdas without captures, so their types alone say what to call.
template <class F>
void map_loop(const Real* x, Real* y, Dim n, Real p, Real q) {
    const V vp(p), vq(q);
    Dim i = 0;
    for (; i + W <= n; i += W) store(y + i, F{}(load(x + i), vp, vq));
    if (i < n) store_part(y + i, F{}(load_part(x + i, n - i), vp, vq), n - i);
}

struct Operands {
    V x, y, dy, p, q;
};

template <class F, bool with_x, bool with_y>
void backward_loop(const Real* x, const Real* y, const Real* dy, Real* dx, Dim n, Real p, Real q) {
    const V none(Real(0)), vp(p), vq(q);
    Dim i = 0;
    const auto at = [&](Dim count) {
        return Operands{with_x ? load(x + i, count) : none, with_y ? load(y + i, count) : none, load(dy + i, count), vp,
                        vq};
    };
    for (; i + W <= n; i += W) store(dx + i, F{}(at(W)));
    if (i < n) store_part(dx + i, F{}(at(n - i)), n - i);
}

enum class Reads { neither, x, y };

template <Reads reads, class F, class B>
void set(UnaryFamily& family, Unary f, F, B) {
    family.map[static_cast<int>(f)] = map_loop<F>;
    family.backward[static_cast<int>(f)] = backward_loop<B, reads == Reads::x, reads == Reads::y>;
}

HEED_INLINE V number(double value) { return V(static_cast<Real>(value)); }

void fill_activations(UnaryFamily& t) {
    using O = Operands;
    set<Reads::y>(
        t, Unary::tanh, [](V x, V, V) { return tanh_of(x); }, [](O o) { return o.dy * (number(1) - o.y * o.y); });
    set<Reads::y>(
        t, Unary::sigmoid, [](V x, V, V) { return sigmoid(x); }, [](O o) { return o.dy * (o.y * (number(1) - o.y)); });
    set<Reads::y>(
        t, Unary::relu, [](V x, V, V) { return relu(x); },
        [](O o) { return select(o.y <= number(0), number(0), o.dy); });
    set<Reads::x>(
        t, Unary::gelu, [](V x, V, V) { return gelu(x); }, [](O o) { return o.dy * gelu_derivative(o.x); });
    set<Reads::x>(
        t, Unary::gelu_tanh, [](V x, V, V) { return gelu_tanh(x); },
        [](O o) { return o.dy * gelu_tanh_derivative(o.x); });
    set<Reads::x>(
        t, Unary::silu, [](V x, V, V) { return silu(x); }, [](O o) { return o.dy * silu_derivative(o.x); });
    set<Reads::x>(
        t, Unary::softplus, [](V x, V, V) { return softplus(x); }, [](O o) { return o.dy * sigmoid(o.x); });
    set<Reads::x>(
        t, Unary::log_sigmoid, [](V x, V, V) { return -softplus(-x); }, [](O o) { return o.dy * sigmoid(-o.x); });
    set<Reads::x>(
        t, Unary::leaky_relu, [](V x, V p, V) { return select(x < number(0), x * p, x); },
        [](O o) { return select(o.x > number(0), o.dy, o.dy * o.p); });
    set<Reads::x>(
        t, Unary::elu, [](V x, V p, V) { return select(x < number(0), p * expm1_of(x), x); },
        [](O o) { return select(o.x > number(0), o.dy, o.dy * (o.p * exp_of(o.x))); });
    set<Reads::x>(
        t, Unary::mish, [](V x, V, V) { return mish(x); }, [](O o) { return o.dy * mish_derivative(o.x); });
    set<Reads::x>(
        t, Unary::hardswish, [](V x, V, V) { return hardswish(x); },
        [](O o) { return hardswish_times_derivative(o.x, o.dy); });
    set<Reads::x>(
        t, Unary::hardsigmoid, [](V x, V, V) { return hardsigmoid(x); },
        [](O o) { return select(xsimd::abs(o.x) < number(3), divide(o.dy, number(6)), number(0)); });
}

void fill_exponentials(UnaryFamily& t) {
    using O = Operands;
    set<Reads::y>(
        t, Unary::exp, [](V x, V, V) { return exp_of(x); }, [](O o) { return o.dy * o.y; });
    set<Reads::x>(
        t, Unary::log, [](V x, V, V) { return log_of(x); }, [](O o) { return divide(o.dy, o.x); });
    set<Reads::y>(
        t, Unary::exp2, [](V x, V, V) { return exp2_of(x); },
        [](O o) { return o.dy * o.y * number(std::numbers::ln2); });
    set<Reads::x>(
        t, Unary::log2, [](V x, V, V) { return log2_of(x); },
        [](O o) { return divide(o.dy * number(std::numbers::log2e), o.x); });
    set<Reads::y>(
        t, Unary::expm1, [](V x, V, V) { return expm1_of(x); }, [](O o) { return o.dy * (o.y + number(1)); });
    set<Reads::x>(
        t, Unary::log1p, [](V x, V, V) { return log1p_of(x); }, [](O o) { return divide(o.dy, o.x + number(1)); });
}

// 1 - x^2, with its digits near -1 and 1.
HEED_INLINE V rest_of_square(V x) { return (number(1) - x) * (number(1) + x); }

void fill_trigonometry(UnaryFamily& t) {
    using O = Operands;
    set<Reads::x>(
        t, Unary::sin, [](V x, V, V) { return sin_of(x); }, [](O o) { return o.dy * cos_of(o.x); });
    set<Reads::x>(
        t, Unary::cos, [](V x, V, V) { return cos_of(x); }, [](O o) { return -o.dy * sin_of(o.x); });
    set<Reads::y>(
        t, Unary::tan, [](V x, V, V) { return tan_of(x); }, [](O o) { return o.dy * (number(1) + o.y * o.y); });
    set<Reads::x>(
        t, Unary::asin, [](V x, V, V) { return asin_of(x); },
        [](O o) { return divide(o.dy, square_root(rest_of_square(o.x))); });
    set<Reads::x>(
        t, Unary::acos, [](V x, V, V) { return acos_of(x); },
        [](O o) { return divide(-o.dy, square_root(rest_of_square(o.x))); });
    set<Reads::x>(
        t, Unary::atan, [](V x, V, V) { return atan_of(x); }, [](O o) { return divide(o.dy, number(1) + o.x * o.x); });
    set<Reads::x>(
        t, Unary::sinh, [](V x, V, V) { return sinh_of(x); }, [](O o) { return o.dy * cosh_of(o.x); });
    set<Reads::x>(
        t, Unary::cosh, [](V x, V, V) { return cosh_of(x); }, [](O o) { return o.dy * sinh_of(o.x); });
}

}  // namespace

void fill(UnaryFamily& t) {
    using O = Operands;
    fill_activations(t);
    fill_exponentials(t);
    fill_trigonometry(t);
    set<Reads::neither>(
        t, Unary::neg, [](V x, V, V) { return -x; }, [](O o) { return -o.dy; });
    set<Reads::x>(
        t, Unary::abs, [](V x, V, V) { return xsimd::abs(x); },
        [](O o) { return select(o.x > number(0), o.dy, select(o.x < number(0), -o.dy, number(0))); });
    set<Reads::neither>(
        t, Unary::sign,
        [](V x, V, V) { return select(x > number(0), number(1), select(x < number(0), number(-1), x)); },
        [](O) { return number(0); });
    set<Reads::y>(
        t, Unary::sqrt, [](V x, V, V) { return square_root(x); }, [](O o) { return divide(o.dy * number(0.5), o.y); });
    set<Reads::y>(
        t, Unary::rsqrt, [](V x, V, V) { return divide(number(1), square_root(x)); },
        [](O o) { return o.dy * number(-0.5) * o.y * o.y * o.y; });
    set<Reads::x>(
        t, Unary::square, [](V x, V, V) { return x * x; }, [](O o) { return o.dy * (o.x + o.x); });
    set<Reads::x>(
        t, Unary::cube, [](V x, V, V) { return x * x * x; }, [](O o) { return o.dy * number(3) * o.x * o.x; });
    set<Reads::y>(
        t, Unary::reciprocal, [](V x, V, V) { return divide(number(1), x); }, [](O o) { return -o.dy * o.y * o.y; });
    set<Reads::x>(
        t, Unary::erf, [](V x, V, V) { return erf_of(x); },
        [](O o) { return o.dy * number(1.12837916709551257390) * exp_of(-(o.x * o.x)); });  // 2 / sqrt(pi)
    set<Reads::x>(
        t, Unary::pow_scalar, [](V x, V p, V) { return pow_of(x, p); },
        [](O o) { return select(o.p == number(0), number(0), o.dy * o.p * pow_of(o.x, o.p - number(1))); });
    set<Reads::neither>(
        t, Unary::add_scalar, [](V x, V p, V) { return x + p; }, [](O o) { return o.dy; });
    set<Reads::neither>(
        t, Unary::mul_scalar, [](V x, V p, V) { return x * p; }, [](O o) { return o.dy * o.p; });
    set<Reads::x>(
        t, Unary::clamp, [](V x, V p, V q) { return select(x < p, p, select(x > q, q, x)); },
        [](O o) { return select(o.x >= o.p, select(o.x <= o.q, o.dy, number(0)), number(0)); });  // 0 at NaN
    set<Reads::neither>(
        t, Unary::round, [](V x, V, V) { return xsimd::nearbyint(x); }, [](O) { return number(0); });
    set<Reads::neither>(
        t, Unary::floor, [](V x, V, V) { return xsimd::floor(x); }, [](O) { return number(0); });
    set<Reads::neither>(
        t, Unary::ceil, [](V x, V, V) { return xsimd::ceil(x); }, [](O) { return number(0); });
    set<Reads::neither>(
        t, Unary::trunc, [](V x, V, V) { return xsimd::trunc(x); }, [](O) { return number(0); });
}

}  // namespace heed::kernel::HEED_ISA_NS
