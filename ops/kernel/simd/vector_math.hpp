#pragma once
// Functions of a vector of Real for the *_isa.cpp files: at most 2 units in the last place in float, gelu 4; NaN gives
// NaN, and +-inf the limit. The polynomials are minimax fits of relative error, made for this file.
#include <heed/ops/kernel/simd/vector.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

// NaN stays, because x is the second operand: what the x86 instructions return then.
HEED_INLINE V at_least(V x, Real low) { return xsimd::max(V(low), x); }
HEED_INLINE V at_most(V x, Real high) { return xsimd::min(V(high), x); }
HEED_INLINE V with_sign_of(V size, V x) { return size ^ xsimd::bitofsign(x); }

HEED_INLINE V poly(V, Real c) { return V(c); }
// c0 + x (c1 + x (...))
template <class... Rest>
HEED_INLINE V poly(V x, Real c0, Rest... rest) {
    return fma(x, poly(x, rest...), V(c0));
}

// The C library's functions, lane by lane: rare ones, where accuracy matters more than speed. (xsimd's pow loses
// digits for large results.)
template <class F>
HEED_INLINE V by_lane(V a, V b, F&& f) {
    alignas(64) Real x[W], y[W];
    a.store_aligned(x);
    b.store_aligned(y);
    for (Dim i = 0; i < W; ++i) x[i] = f(x[i], y[i]);
    return V::load_aligned(x);
}
#ifdef HEED_DOUBLE
#define HEED_C_FUNCTION(name) __builtin_##name
#else
#define HEED_C_FUNCTION(name) __builtin_##name##f
#endif
#define HEED_BY_LANE_OF_TWO(name)                                                         \
    HEED_INLINE V name##_of(V x, V y) {                                                   \
        return by_lane(x, y, [](Real a, Real b) { return HEED_C_FUNCTION(name)(a, b); }); \
    }
HEED_BY_LANE_OF_TWO(pow)
HEED_BY_LANE_OF_TWO(atan2)
#undef HEED_BY_LANE_OF_TWO
#undef HEED_C_FUNCTION

// Of the normal distribution: tail = Phi(-|x|), and power = e^(-x^2 / 2).
struct NormalTail {
    V tail, power;
};

#ifdef HEED_DOUBLE

HEED_INLINE V exp_of(V x) { return xsimd::exp(x); }
HEED_INLINE V exp2_of(V x) { return xsimd::exp2(x); }
HEED_INLINE V expm1_of(V x) { return xsimd::expm1(x); }
HEED_INLINE V tanh_of(V x) { return xsimd::tanh(x); }
HEED_INLINE V erf_of(V x) {
    return by_lane(x, x, [](Real a, Real) { return __builtin_erf(a); });
}  // xsimd's is 30 units off
HEED_INLINE NormalTail normal_tail(V x) {
    const V tail = by_lane(x, x, [](Real a, Real) { return __builtin_erfc(std::abs(a) * std::sqrt(0.5)) / 2; });
    return {tail, exp_of(V(-0.5) * at_most(x * x, 1600))};
}

#else

constexpr float shifter = 12582912.0f;  // 1.5 2^23: adding it rounds to a whole number, held in the low bits

// 2^n for n + shifter, |n| <= 126: the low bits become the exponent.
HEED_INLINE V power_of_two(V shifted) {
    using I = xsimd::batch<std::int32_t>;
    const I bits = __builtin_bit_cast(I, shifted);
    return __builtin_bit_cast(V, I((bits << 23) + I(127 << 23)));
}

// x 2^n for a vector n of whole numbers; gradual underflow and overflow as ldexp.
HEED_INLINE V scale_by_power(V x, V n) {
#if defined(__AVX512F__)
    return _mm512_maskz_scalef_ps(__mmask16(0xffff), x, n);  // g++ 12 warns about the unmasked one
#else
    const V half = n * V(0.5f) + V(shifter);
    return x * power_of_two(half) * power_of_two(n - (half - V(shifter)) + V(shifter));
#endif
}

// e^r - 1 for |r| <= ln(2) / 2.
HEED_INLINE V small_expm1(V r) {
    const V p = poly(r, 0.4999999403953552f, 0.1666652113199234f, 0.04166838899254799f, 0.008368732407689095f,
                     0.0013814560370519757f);
    return fma(r * r, p, r);
}

// x = n ln(2) + r with n whole and |r| <= ln(2) / 2; ln(2) is subtracted in two parts. power = e^r - 1.
struct Parts {
    V shifted, n, power;
};
HEED_INLINE Parts split_exponent(V x) {
    const V shifted = fma(x, V(1.44269504f), V(shifter)), n = shifted - V(shifter);
    const V r = fma(n, V(-1.42860677e-6f), fma(n, V(-0.693145752f), x));
    return {shifted, n, small_expm1(r)};
}

HEED_INLINE V exp_of(V x) {
    const Parts e = split_exponent(at_most(at_least(x, -110.0f), 90.0f));
    return scale_by_power(e.power + V(1.0f), e.n);
}

// 2^x = 2^n e^r with n whole and r = (x - n) ln(2).
HEED_INLINE V exp2_of(V x) {
    const V bounded = at_most(at_least(x, -160.0f), 130.0f), n = bounded + V(shifter) - V(shifter);
    return scale_by_power(small_expm1((bounded - n) * V(0.693147181f)) + V(1.0f), n);
}

// 2^n (e^r - 1) + (2^n - 1) of halves, since 2^128 is no float. Where n = 0 the first part is all: it keeps the digits
// of a small x.
HEED_INLINE V expm1_of(V x) {
    const Parts e = split_exponent(at_most(at_least(x, -20.0f), 89.0f));
    const V half = power_of_two(e.shifted - V(1.0f)), y = fma(half, e.power, half - V(0.5f));
    return select(e.shifted == V(shifter), e.power, y + y) | xsimd::bitofsign(x);
}

// With u = e^2|x| - 1 = 2^n (e^r - 1) + (2^n - 1), which keeps the digits of a small x: u / (u + 2).
HEED_INLINE V tanh_of(V x) {
    const Parts e = split_exponent(at_most(xsimd::abs(x), 10.0f) * V(2.0f));
    const V scale = power_of_two(e.shifted), u = fma(scale, e.power, scale - V(1.0f));
    return with_sign_of(divide(u, u + V(2.0f)), x);
}

// An odd polynomial up to 1, 1 - e^-g(|x|) above with a polynomial g.
HEED_INLINE V erf_of(V x) {
    const V t = x * x, size = at_most(xsimd::abs(x), 4.0f);
    const V p = poly(t, 0.1283791670955126f, -0.3761262595653534f, 0.1128358542919159f, -0.026853810995817184f,
                     0.00518832728266716f, -0.0008010189631022513f, 7.853847637306899e-05f);
    const V small = fma(x, p, x);
    const V g = poly(size, 0.0003414835955481976f, 1.1270893812179565f, 0.6381445527076721f, 0.10310700535774231f,
                     -0.02183818817138672f, 0.0029476904310286045f, -0.00018638256005942822f);
    const V large = V(1.0f) - exp_of(-g);
    return select(size < V(1.0f), small, with_sign_of(large, x));
}

// The tail divided by the power has no exponential in it: a polynomial of t = 1 / (1 + 0.34 |x|). What x^2 loses by
// rounding, which would grow with x, is put back.
HEED_INLINE NormalTail normal_tail(V x) {
    const V size = at_most(xsimd::abs(x), 14.5f), half = V(-0.5f) * size, square = half * size;
    const V rounded = exp_of(square), power = fma(rounded, fma(half, size, -square), rounded);
    const V t = divide(V(1.0f), fma(size, V(0.34f), V(1.0f)));
    const V p = poly(t, 0.1356215794189821f, 0.1360922001535657f, 0.11535191249956667f, 0.11471274350960438f,
                     -0.04310419786551888f, 0.19971449690120666f, -0.27086827976819716f, 0.1383557206536006f,
                     -0.025876158461938532f);
    return {power * t * p, power};
}

#endif

HEED_INLINE V relu(V x) { return select(x < V(Real(0)), V(Real(0)), x); }

// 1 / (1 + e^-x), from the exponential that cannot overflow.
HEED_INLINE V sigmoid(V x) {
    const V e = exp_of(-xsimd::abs(x)), s = divide(V(Real(1)), V(Real(1)) + e);
    return select(x < V(Real(0)), e * s, s);
}

// log(1 + e) for 0 <= e <= 1, exact to rounding also for tiny e: log(u) e / (u - 1) cancels the error of u = 1 + e.
HEED_INLINE V log_one_plus(V e) {
    const V one(Real(1)), u = one + e, d = u - one;
    return select(d == V(Real(0)), e, xsimd::log(u) * divide(e, select(d == V(Real(0)), one, d)));
}

HEED_INLINE V softplus(V x) { return relu(x) + log_one_plus(exp_of(-xsimd::abs(x))); }

constexpr Real normal_density_at_0 = Real(0.39894228040143267794);  // 1 / sqrt(2 pi)
constexpr Real gelu_inner = Real(0.79788456080286535588);           // sqrt(2 / pi)
constexpr Real gelu_cubic = Real(0.044715);

// xsimd's logarithms are right for normal numbers alone: smaller ones are multiplied by 2^64 first, and the logarithm
// of that is subtracted.
template <class F>
HEED_INLINE V logarithm(V x, double of_factor, F&& log) {
    const auto small = x < V(std::numeric_limits<Real>::min());
    const V none(Real(0));
    return log(select(small, x * V(Real(0x1p64)), x)) - select(small, V(static_cast<Real>(of_factor)), none);
}
HEED_INLINE V log_of(V x) {
    return logarithm(x, 44.361419555836498, [](V v) { return xsimd::log(v); });
}
HEED_INLINE V log2_of(V x) {
    return logarithm(x, 64, [](V v) { return xsimd::log2(v); });
}
HEED_INLINE V log1p_of(V x) { return xsimd::log1p(x) | xsimd::bitofsign(x); }  // xsimd's makes -0 to 0

// x Phi(x) (Hendrycks and Gimpel, 2016), Phi the normal distribution; -inf gives 0.
HEED_INLINE V normal_cdf(V x, V tail) { return select(x < V(Real(0)), tail, V(Real(1)) - tail); }
HEED_INLINE V gelu(V x) { return at_least(x, Real(-20)) * normal_cdf(x, normal_tail(x).tail); }
HEED_INLINE V gelu_derivative(V x) {
    const NormalTail n = normal_tail(x);
    const V z = at_most(at_least(x, Real(-40)), Real(40));
    return normal_cdf(x, n.tail) + z * V(normal_density_at_0) * n.power;
}

// The same paper's approximation by tanh.
HEED_INLINE V gelu_tanh_inner(V x) { return tanh_of(V(gelu_inner) * x * (V(Real(1)) + V(gelu_cubic) * x * x)); }
HEED_INLINE V gelu_tanh(V x) { return V(Real(0.5)) * at_least(x, Real(-20)) * (V(Real(1)) + gelu_tanh_inner(x)); }
HEED_INLINE V gelu_tanh_derivative(V x) {
    const V one(Real(1)), half(Real(0.5)), z = at_most(at_least(x, Real(-20)), Real(20)), t = gelu_tanh_inner(z);
    const V inner = V(gelu_inner) * (one + V(3 * gelu_cubic) * z * z);
    return half * (one + t) + half * z * (one - t * t) * inner;
}

HEED_INLINE V silu(V x) { return at_least(x, Real(-1000)) * sigmoid(x); }
HEED_INLINE V silu_derivative(V x) {
    const V s = sigmoid(x), z = at_most(at_least(x, Real(-1000)), Real(1000));
    return s * (V(Real(1)) + z * (V(Real(1)) - s));
}

// x tanh(log(1 + e^x)) (Misra, 2020) = x n / (n + 2) with n = e^x (e^x + 2). Beyond 40 the quotient is 1.
struct MishParts {
    V z, e, n, inverse;  // inverse = 1 / (n + 2)
};
HEED_INLINE MishParts mish_parts(V x) {
    const V two(Real(2)), z = at_most(at_least(x, Real(-1000)), Real(40)), e = exp_of(z), n = e * (e + two);
    return {z, e, n, divide(V(Real(1)), n + two)};
}
HEED_INLINE V mish(V x) {
    const V n = mish_parts(x).n;
    return at_least(x, Real(-1000)) * divide(n, n + V(Real(2)));
}
HEED_INLINE V mish_derivative(V x) {
    const MishParts m = mish_parts(x);
    return m.n * m.inverse + V(Real(4)) * m.z * (m.e * m.inverse) * ((m.e + V(Real(1))) * m.inverse);
}

// Piecewise linear for sigmoid and silu (Howard et al., "Searching for MobileNetV3", 2019); their derivatives at -3 and
// 3 are PyTorch's.
HEED_INLINE V hardsigmoid(V x) { return divide(at_most(relu(x + V(Real(3))), Real(6)), V(Real(6))); }
HEED_INLINE V hardswish(V x) { return at_least(x, Real(-3)) * hardsigmoid(x); }
HEED_INLINE V hardswish_times_derivative(V x, V dy) {
    const V three(Real(3)), inner = dy * (divide(x, three) + V(Real(0.5)));
    return select(x <= -three, V(Real(0)), select(x < three, inner, dy));
}

}  // namespace
}  // namespace heed::kernel::HEED_ISA_NS
