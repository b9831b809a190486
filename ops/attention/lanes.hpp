#pragma once
// What the lambda of a score computes with: `lanes`, several values at once, and `dual`, lanes with their derivative.
// Both have + - * /, comparisons, and abs exp log sqrt tanh sin cos min max select, found without a namespace:
// `exp(s)`, not `std::exp(s)`. Scalars mix with both. Internal linkage, as the vectors that they are made of.
#include <type_traits>
#include <heed/ops/kernel/simd/vector_math.hpp>
#include <heed/ops/kernel/simd/vector_trigonometry.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

// The result of a comparison: one bool for each lane. Combine with & | !.
struct Condition {
    Mask mask;
    template <bool never = false>
    explicit operator bool() const {
        static_assert(never,
                      "heed: each lane has its own answer, so a comparison is no bool: write select(condition, a, b)");
        return never;
    }
    HEED_INLINE friend Condition operator&(Condition a, Condition b) { return {a.mask & b.mask}; }
    HEED_INLINE friend Condition operator|(Condition a, Condition b) { return {a.mask | b.mask}; }
    HEED_INLINE friend Condition operator!(Condition a) { return {!a.mask}; }
};
template <bool never = false>
Condition operator&&(Condition a, Condition) {
    static_assert(never, "heed: each lane has its own answer: write & for &&");
    return a;
}
template <bool never = false>
Condition operator||(Condition a, Condition) {
    static_assert(never, "heed: each lane has its own answer: write | for ||");
    return a;
}

struct lanes {
    V v = V(Real(0));
    lanes() = default;
    HEED_INLINE lanes(V x) : v(x) {}
    template <class Number>
        requires std::is_arithmetic_v<Number> HEED_INLINE lanes(Number x) : v(static_cast<Real>(x)) {}

        HEED_INLINE lanes& operator+=(lanes b) { return *this = *this + b; }
        HEED_INLINE lanes& operator-=(lanes b) { return *this = *this - b; }
        HEED_INLINE lanes& operator*=(lanes b) { return *this = *this * b; }
        HEED_INLINE lanes& operator/=(lanes b) { return *this = *this / b; }
        HEED_INLINE friend lanes operator-(lanes a) { return a.v ^ V(Real(-0.0)); }  // xsimd subtracts: slower
        HEED_INLINE friend lanes operator+(lanes a, lanes b) { return a.v + b.v; }
        HEED_INLINE friend lanes operator-(lanes a, lanes b) { return a.v - b.v; }
        HEED_INLINE friend lanes operator*(lanes a, lanes b) { return a.v * b.v; }
        HEED_INLINE friend lanes operator/(lanes a, lanes b) { return divide(a.v, b.v); }
        HEED_INLINE friend Condition operator<(lanes a, lanes b) { return {a.v < b.v}; }
        HEED_INLINE friend Condition operator<=(lanes a, lanes b) { return {a.v <= b.v}; }
        HEED_INLINE friend Condition operator>(lanes a, lanes b) { return {a.v > b.v}; }
        HEED_INLINE friend Condition operator>=(lanes a, lanes b) { return {a.v >= b.v}; }
        HEED_INLINE friend Condition operator==(lanes a, lanes b) { return {a.v == b.v}; }
        HEED_INLINE friend Condition operator!=(lanes a, lanes b) { return {!(a.v == b.v)}; }
        HEED_INLINE friend lanes abs(lanes a) { return xsimd::abs(a.v); }
        HEED_INLINE friend lanes exp(lanes a) { return exp_of(a.v); }
        HEED_INLINE friend lanes log(lanes a) { return xsimd::log(a.v); }
        HEED_INLINE friend lanes sqrt(lanes a) { return square_root(a.v); }
        HEED_INLINE friend lanes tanh(lanes a) { return tanh_of(a.v); }
        HEED_INLINE friend lanes sin(lanes a) { return sin_of(a.v); }
        HEED_INLINE friend lanes cos(lanes a) { return cos_of(a.v); }
        HEED_INLINE friend lanes min(lanes a, lanes b) { return min_nan(a.v, b.v); }  // NaN if one of them is
        HEED_INLINE friend lanes max(lanes a, lanes b) { return max_nan(a.v, b.v); }
        HEED_INLINE friend lanes select(Condition c, lanes a, lanes b) { return xsimd::select(c.mask, a.v, b.v); }
};

// value + derivative e with e^2 = 0 (Clifford, 1873): arithmetic with it differentiates. Lanes and scalars are
// constants.
struct dual;
template <class T>
concept Constant = std::is_same_v<T, lanes> || std::is_arithmetic_v<T>;
template <class T>
concept Part = Constant<T> || std::is_same_v<T, dual>;
template <class A, class B>
concept Duals = Part<A> && Part<B> &&(std::is_same_v<A, dual> || std::is_same_v<B, dual>);

struct dual {
    lanes value, derivative;
    dual() = default;
    HEED_INLINE dual(lanes v, lanes d) : value(v), derivative(d) {}
    template <class C>
        requires Constant<C> HEED_INLINE dual(C c) : value(c) {}

        template <class B>
        HEED_INLINE dual& operator+=(B b) {
            return *this = *this + b;
        }
        template <class B>
        HEED_INLINE dual& operator-=(B b) {
            return *this = *this - b;
        }
        template <class B>
        HEED_INLINE dual& operator*=(B b) {
            return *this = *this * b;
        }
        template <class B>
        HEED_INLINE dual& operator/=(B b) {
            return *this = *this / b;
        }
};

template <Part A>
HEED_INLINE lanes value_of(A a) {
    if constexpr (Constant<A>) return a;
    else return a.value;
}

HEED_INLINE dual operator-(const dual& a) { return {-a.value, -a.derivative}; }
template <class A, class B>
requires Duals<A, B> HEED_INLINE dual operator+(A a, B b) {
    if constexpr (Constant<B>) return {a.value + b, a.derivative};
    else if constexpr (Constant<A>) return {a + b.value, b.derivative};
    else return {a.value + b.value, a.derivative + b.derivative};
}
template <class A, class B>
requires Duals<A, B> HEED_INLINE dual operator-(A a, B b) {
    if constexpr (Constant<B>) return {a.value - b, a.derivative};
    else if constexpr (Constant<A>) return {a - b.value, -b.derivative};
    else return {a.value - b.value, a.derivative - b.derivative};
}
template <class A, class B>
requires Duals<A, B> HEED_INLINE dual operator*(A a, B b) {
    if constexpr (Constant<B>) return {a.value * b, a.derivative * b};
    else if constexpr (Constant<A>) return {a * b.value, a * b.derivative};
    else return {a.value * b.value, a.derivative * b.value + a.value * b.derivative};
}
template <class A, class B>
requires Duals<A, B> HEED_INLINE dual operator/(A a, B b) {
    const lanes q = value_of(a) / value_of(b);
    if constexpr (Constant<B>) return {q, a.derivative / b};
    else if constexpr (Constant<A>) return {q, -(q * b.derivative) / b.value};
    else return {q, (a.derivative - q * b.derivative) / b.value};
}
template <class A, class B>
requires Duals<A, B> HEED_INLINE Condition operator<(A a, B b) { return value_of(a) < value_of(b); }
template <class A, class B>
requires Duals<A, B> HEED_INLINE Condition operator<=(A a, B b) { return value_of(a) <= value_of(b); }
template <class A, class B>
requires Duals<A, B> HEED_INLINE Condition operator>(A a, B b) { return value_of(a) > value_of(b); }
template <class A, class B>
requires Duals<A, B> HEED_INLINE Condition operator>=(A a, B b) { return value_of(a) >= value_of(b); }
template <class A, class B>
requires Duals<A, B> HEED_INLINE Condition operator==(A a, B b) { return value_of(a) == value_of(b); }
template <class A, class B>
requires Duals<A, B> HEED_INLINE Condition operator!=(A a, B b) { return value_of(a) != value_of(b); }

// The derivative of |a| is the sign of a, 0 at 0.
HEED_INLINE dual abs(const dual& a) { return {abs(a.value), times_sign(a.derivative.v, a.value.v)}; }
HEED_INLINE dual exp(const dual& a) {
    const lanes e = exp(a.value);
    return {e, e * a.derivative};
}
HEED_INLINE dual log(const dual& a) { return {log(a.value), a.derivative / a.value}; }
HEED_INLINE dual sqrt(const dual& a) {
    const lanes r = sqrt(a.value);
    return {r, 0.5 * a.derivative / r};
}
HEED_INLINE dual tanh(const dual& a) {
    const lanes t = tanh(a.value);
    return {t, (1 - t * t) * a.derivative};
}
HEED_INLINE dual sin(const dual& a) { return {sin(a.value), cos(a.value) * a.derivative}; }
HEED_INLINE dual cos(const dual& a) { return {cos(a.value), -sin(a.value) * a.derivative}; }
template <class A, class B>
    requires Duals<A, B> HEED_INLINE dual select(Condition c, A a, B b) {
        const dual x(a), y(b);
        return {select(c, x.value, y.value), select(c, x.derivative, y.derivative)};
    }
// Equal operands share the derivative, as in maximum().
template <class A, class B>
    requires Duals<A, B> HEED_INLINE dual max(A a, B b) {
        const dual x(a), y(b);
        const lanes shared = select(x.value == y.value, 0.5 * (x.derivative + y.derivative), y.derivative);
        return {max(x.value, y.value), select(x.value > y.value, x.derivative, shared)};
    }
template <class A, class B>
    requires Duals<A, B> HEED_INLINE dual min(A a, B b) { return -max(-a, -b); }

}  // namespace
}  // namespace heed::kernel::HEED_ISA_NS
