#pragma once
// Trigonometric and hyperbolic functions of a vector of Real, as vector_math.hpp. In double they are the C library's,
// lane by lane; in float minimax fits of relative error, made for this file.
#include <heed/ops/kernel/simd/vector_math.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

#ifdef HEED_DOUBLE

#define HEED_BY_LANE(name)                                                      \
    HEED_INLINE V name##_of(V x) {                                              \
        return by_lane(x, x, [](Real a, Real) { return __builtin_##name(a); }); \
    }
HEED_BY_LANE(sin)
HEED_BY_LANE(cos)
HEED_BY_LANE(tan)
HEED_BY_LANE(asin)
HEED_BY_LANE(acos)
HEED_BY_LANE(atan)
HEED_BY_LANE(sinh)
HEED_BY_LANE(cosh)
#undef HEED_BY_LANE

#else

constexpr float half_pi = 1.57079637f, half_pi_rest = -4.37113883e-8f;

// x = n pi / 2 + r with n whole and |r| <= pi / 4, for |x| <= far_angle: pi / 2 is subtracted in four parts, of which
// n times the first three is exact. The low bits of `shifted` hold n.
constexpr float far_angle = 8192.0f;
struct Angle {
    V shifted, r;
};
HEED_INLINE Angle split_angle(V x) {
    const V shifted = fma(x, V(0.636619772f), V(shifter)), n = shifted - V(shifter);
    V r = fma(n, V(-1.5703125f), x);
    r = fma(n, V(-0.0004837512969970703f), r);
    r = fma(n, V(-7.549533620476723e-08f), r);
    return {shifted, fma(n, V(-2.5633440682570896e-12f), r)};
}

using Bits = xsimd::batch<std::int32_t>;
HEED_INLINE auto is_odd(Bits n) {
    return __builtin_bit_cast(V, Bits(Bits(0x3f800000) + ((n & Bits(1)) << 23))) > V(1.5f);  // 2 or 1
}

// sin(x + quarters pi / 2) for |x| <= far_angle.
template <int quarters>
HEED_INLINE V near_sine(V x) {
    const Angle a = split_angle(x);
    const Bits n = __builtin_bit_cast(Bits, a.shifted) + Bits(quarters);
    const V r = a.r, t = r * r;
    const V sine = fma(
        r * t, poly(t, -0.1666666716337204f, 0.008333329111337662f, -0.0001983932452276349f, 2.71821681963047e-06f), r);
    const V cosine = fma(t * t, poly(t, 0.04166664555668831f, -0.0013887308305129409f, 2.443220728309825e-05f),
                         fma(t, V(-0.5f), V(1.0f)));
    return select(is_odd(n), cosine, sine) ^ __builtin_bit_cast(V, Bits((n & Bits(2)) << 30));
}

// near(x) where |x| <= far_angle, and far(x), lane by lane, elsewhere: an element's bits depend on no other.
template <class Near, class Far>
HEED_INLINE V by_distance(V x, Near near, Far far) {
    const auto inside = xsimd::abs(x) <= V(far_angle);  // not NaN
    const V y = near(x);
    return xsimd::all(inside) ? y : select(inside, y, by_lane(x, x, [=](float a, float) { return far(a); }));
}
HEED_INLINE V sin_of(V x) {
    const V y = by_distance(
        x, [](V a) { return near_sine<0>(a); }, [](float a) { return __builtin_sinf(a); });
    return select(x == V(0.0f), x, y);  // the sign of zero
}
HEED_INLINE V cos_of(V x) {
    return by_distance(
        x, [](V a) { return near_sine<1>(a); }, [](float a) { return __builtin_cosf(a); });
}
HEED_INLINE V tan_of(V x) {
    const auto near = [](V a) {
        const Angle angle = split_angle(a);
        const V r = angle.r, t = r * r;
        const V y = fma(r * t,
                        poly(t, 0.3333335220813751f, 0.1333259642124176f, 0.05406709387898445f, 0.021246807649731636f,
                             0.01092392299324274f, -1.83196480065817e-05f, 0.004427861887961626f),
                        r);
        return select(is_odd(__builtin_bit_cast(Bits, angle.shifted)), divide(V(-1.0f), y), y);
    };
    return select(x == V(0.0f), x, by_distance(x, near, [](float a) { return __builtin_tanf(a); }));
}

// Of s = sqrt(t) <= 1/2: asin(s).
HEED_INLINE V small_asin(V s, V t) {
    return fma(s * t,
               poly(t, 0.16666753590106964f, 0.07495241612195969f, 0.04547709599137306f, 0.02414761483669281f,
                    0.042218539863824844f),
               s);
}
// Above 1/2, asin(x) = pi / 2 - 2 asin(sqrt((1 - x) / 2)).
HEED_INLINE V asin_of(V x) {
    const V size = xsimd::abs(x), rest = (V(1.0f) - size) * V(0.5f);
    const auto near_one = size > V(0.5f);
    const V t = select(near_one, rest, x * x), part = small_asin(select(near_one, square_root(rest), size), t);
    return with_sign_of(select(near_one, V(half_pi) - (part + part) + V(half_pi_rest), part), x);
}
HEED_INLINE V acos_of(V x) {
    const V size = xsimd::abs(x), rest = (V(1.0f) - size) * V(0.5f);
    const auto near_one = size > V(0.5f);
    const V t = select(near_one, rest, x * x), part = small_asin(select(near_one, square_root(rest), size), t);
    const V both = part + part, inner = V(half_pi) - (with_sign_of(part, x) - V(half_pi_rest));
    return select(near_one, select(x > V(0.0f), both, V(2 * half_pi) - (both - V(2 * half_pi_rest))), inner);
}

// Above tan(pi / 8), atan(x) = pi / 4 + atan((x - 1) / (x + 1)); above tan(3 pi / 8), pi / 2 + atan(-1 / x).
HEED_INLINE V atan_of(V x) {
    const V size = xsimd::abs(x), one(1.0f);
    const auto large = size > V(2.41421356f), middle = size > V(0.414213562f);
    const V above = select(large, -one, size - one), below = select(large, size, size + one);
    const V r = select(middle, divide(above, below), size), t = r * r;
    const V part = fma(r * t,
                       poly(t, -0.33333316445350647f, 0.19998489320278168f, -0.14243848621845245f, 0.10595998167991638f,
                            -0.06083446368575096f),
                       r);
    const V whole = select(large, V(half_pi), V(half_pi / 2));
    const V low = select(large, V(half_pi_rest), V(half_pi_rest / 2));
    return with_sign_of(select(middle, whole + (part + low), part), x);
}

// e^x / 2, which is a number a little farther than e^x is.
HEED_INLINE V half_exp(V x) {
    const Parts e = split_exponent(at_most(x, 91.0f));
    return scale_by_power(e.power + V(1.0f), e.n - V(1.0f));
}
HEED_INLINE V sinh_of(V x) {
    const V size = xsimd::abs(x), t = x * x, half = half_exp(size);
    const V small =
        fma(size * t,
            poly(t, 0.1666666716337204f, 0.008333350531756878f, 0.0001983606634894386f, 2.817439735736116e-06f), size);
    return with_sign_of(select(size < V(1.0f), small, half - divide(V(0.25f), half)), x);
}
HEED_INLINE V cosh_of(V x) {
    const V half = half_exp(xsimd::abs(x));
    return half + divide(V(0.25f), half);
}

#endif

}  // namespace
}  // namespace heed::kernel::HEED_ISA_NS
