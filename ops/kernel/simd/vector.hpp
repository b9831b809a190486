#pragma once
// Vectors of Real for the *_isa.cpp files and for users' scores: loads and stores with tails, fused multiply-add, sums
// over lanes. Everything here has internal linkage, because each file has an instruction set of its own.
#include <cstdint>
#include <type_traits>
#include <utility>
#include <xsimd/xsimd.hpp>
#include <heed/core/real.hpp>

// heed's own files are compiled once per instruction set, with -DHEED_ISA_NS=<name>; others have the one that the
// compiler was given.
#ifndef HEED_ISA_NS
#if defined(__AVX512F__) && defined(__AVX512CD__) && defined(__AVX512DQ__) && defined(__AVX512BW__) && \
    defined(__AVX512VL__)
#define HEED_ISA_NS avx512
#elif defined(__AVX2__) && defined(__FMA__)
#define HEED_ISA_NS avx2
#elif defined(__AVX__)
#define HEED_ISA_NS avx
#elif defined(__aarch64__)
#define HEED_ISA_NS neon64
#else
#define HEED_ISA_NS sse2
#endif
#endif
#define HEED_TEXT_OF(x) #x
#define HEED_TEXT(x) HEED_TEXT_OF(x)

#if defined(__clang__)
#define HEED_UNROLL _Pragma("clang loop unroll(full)")
#else
#define HEED_UNROLL _Pragma("GCC unroll 16")
#endif
#define HEED_INLINE [[gnu::always_inline]] inline

// AVX-512's instruction of that name for Reals.
#ifdef HEED_DOUBLE
#define HEED_MM512(name) _mm512_##name##_pd
#else
#define HEED_MM512(name) _mm512_##name##_ps
#endif

namespace heed::kernel::HEED_ISA_NS {
namespace {

using V = xsimd::batch<Real>;
using Mask = V::batch_bool_type;
constexpr const char* isa_name = HEED_TEXT(HEED_ISA_NS);
constexpr Dim W = static_cast<Dim>(V::size);

HEED_INLINE V load(const Real* p) { return V::load_unaligned(p); }
HEED_INLINE void store(Real* p, V v) { v.store_unaligned(p); }

// a * b + c, rounded once where the instruction set can (not on sse2).
HEED_INLINE V fma(V a, V b, V c) {
#if defined(__AVX512F__)  // xsimd 8.1 multiplies, then adds, on AVX-512
    return HEED_MM512(fmadd)(a, b, c);
#else
    return xsimd::fma(a, b, c);
#endif
}

// c - a * b, in the same way.
HEED_INLINE V fnma(V a, V b, V c) {
#if defined(__AVX512F__)
    return HEED_MM512(fnmadd)(a, b, c);
#else
    return xsimd::fnma(a, b, c);
#endif
}

// a / b and the square root, rounded once. xsimd 8.1 approximates both for floats of NEON, and its root of infinity is
// NaN.
HEED_INLINE V divide(V a, V b) {
#if defined(__aarch64__)
    return V(V::register_type(a) / V::register_type(b));
#else
    return a / b;
#endif
}
HEED_INLINE V square_root(V x) {
#if defined(__aarch64__) && !defined(HEED_DOUBLE)
    return V(vsqrtq_f32(x));
#else
    return xsimd::sqrt(x);
#endif
}

#if defined(__AVX512F__)
HEED_INLINE auto first_lanes(Dim n) {
    return static_cast<std::conditional_t<W == 8, __mmask8, __mmask16>>((1u << n) - 1u);
}
#endif

// The first n < W lanes; the others are `rest`.
HEED_INLINE V load_part(const Real* p, Dim n, Real rest = 0) {
#if defined(__AVX512F__)
    return HEED_MM512(mask_loadu)(V(rest), first_lanes(n), p);
#else
    alignas(64) Real lanes[W];
    for (Dim i = 0; i < W; ++i) lanes[i] = i < n ? p[i] : rest;
    return V::load_aligned(lanes);
#endif
}

// Stores the first n < W lanes.
HEED_INLINE void store_part(Real* p, V v, Dim n) {
#if defined(__AVX512F__)
    HEED_MM512(mask_storeu)(p, first_lanes(n), v);
#else
    alignas(64) Real lanes[W];
    v.store_aligned(lanes);
    for (Dim i = 0; i < n; ++i) p[i] = lanes[i];
#endif
}

HEED_INLINE V load(const Real* p, Dim n, Real rest = 0) { return n >= W ? load(p) : load_part(p, n, rest); }
HEED_INLINE void store(Real* p, V v, Dim n) {
    if (n >= W) store(p, v);
    else store_part(p, v, n);
}

// Calls each(i, count) for the vectors of n elements; count < W only for the last.
template <class Each>
HEED_INLINE void row_each(Dim n, Each&& each) {
    Dim i = 0;
    for (; i + W <= n; i += W) each(i, W);
    if (i < n) each(i, n - i);
}

// Combines the lanes pairwise: lane i with lane i + W/2, and so on; one order for every row.
template <Dim half, std::size_t... I>
HEED_INLINE V upper(V v, std::index_sequence<I...>) {  // lane i + half in lane i < half
    using R = V::register_type;
    const R x = v;
    return V(R(__builtin_shufflevector(x, x, (I < half ? I + half : I)...)));
}
template <Dim half = W / 2, class F>
HEED_INLINE Real across(V v, F&& combine) {
    v = combine(v, upper<half>(v, std::make_index_sequence<V::size>()));
    if constexpr (half > 1) return across<half / 2>(v, combine);
    else return typename V::register_type(v)[0];
}
HEED_INLINE Real sum_lanes(V v) {
    return across(v, [](V a, V b) { return a + b; });
}

// The sums of W vectors: lane n of vector n. v is scratch memory afterwards.
template <std::size_t... I>
HEED_INLINE V add_neighbours(V a, V b, std::index_sequence<I...>) {
    using R = V::register_type;
    const R x = a, y = b;
    return V(R(__builtin_shufflevector(x, y, (2 * I)...))) + V(R(__builtin_shufflevector(x, y, (2 * I + 1)...)));
}
HEED_INLINE V sum_each(V* v) {
    HEED_UNROLL
    for (Dim n = W / 2; n > 0; n /= 2) {
        HEED_UNROLL
        for (Dim i = 0; i < n; ++i) v[i] = add_neighbours(v[2 * i], v[2 * i + 1], std::make_index_sequence<V::size>());
    }
    return v[0];
}

// y, -y or 0 as x is above, below or equal to 0; one instruction less where it can be masked.
HEED_INLINE V times_sign(V y, V x) {
    const V zero(Real(0)), sign = xsimd::bitofsign(x);
#if defined(__AVX512F__)
#ifdef HEED_DOUBLE
    return _mm512_maskz_xor_pd(_mm512_cmp_pd_mask(x, zero, _CMP_NEQ_UQ), y, sign);
#else
    return _mm512_maskz_xor_ps(_mm512_cmp_ps_mask(x, zero, _CMP_NEQ_UQ), y, sign);
#endif
#else
    return select(x == zero, zero, y ^ sign);
#endif
}

HEED_INLINE Mask is_nan(V x) { return !(x == x); }  // xsimd 8.1: != is false for NaN on AVX

// min and max that give NaN if either operand is NaN, whatever the order.
HEED_INLINE V max_nan(V a, V b) { return select(is_nan(a), a, select(is_nan(b), b, xsimd::max(a, b))); }
HEED_INLINE V min_nan(V a, V b) { return select(is_nan(a), a, select(is_nan(b), b, xsimd::min(a, b))); }
HEED_INLINE Real max_lanes(V v) {
    return across(v, [](V a, V b) { return max_nan(a, b); });
}
HEED_INLINE Real min_lanes(V v) {
    return across(v, [](V a, V b) { return min_nan(a, b); });
}

}  // namespace
}  // namespace heed::kernel::HEED_ISA_NS
