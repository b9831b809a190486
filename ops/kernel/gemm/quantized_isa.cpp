// Products with matrices of 8 and 16 bits for one instruction set. Values become Reals in registers, on their way to
// the multiply-adds.
#include <heed/ops/kernel/gemm/quantized_table.hpp>
#include <heed/ops/kernel/simd/vector.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

constexpr int vectors = 4;  // of a panel
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int most_rows = 4;  // 32 registers
#else
constexpr int most_rows = 2;  // 16
#endif

template <class T>
using Lanes [[gnu::vector_size(sizeof(T) * static_cast<std::size_t>(W))]] = T;

template <class T>
HEED_INLINE Lanes<T> narrow(const std::byte* from) {
    Lanes<T> v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
}
HEED_INLINE V reals(Lanes<Real> v) { return V(V::register_type(v)); }

// W integers of 8 bits, as 32 bits each. Without the intrinsic, compilers convert them one by one.
HEED_INLINE Lanes<std::int32_t> widened(const std::byte* from) {
    const Lanes<std::int8_t> v = narrow<std::int8_t>(from);
#if defined(__AVX2__)
    __m128i whole = _mm_setzero_si128();
    __builtin_memcpy(&whole, &v, sizeof v);
#if defined(__AVX512F__) && !defined(HEED_DOUBLE)
    return __builtin_bit_cast(Lanes<std::int32_t>, _mm512_cvtepi8_epi32(whole));
#elif defined(__AVX512F__) || !defined(HEED_DOUBLE)
    return __builtin_bit_cast(Lanes<std::int32_t>, _mm256_cvtepi8_epi32(whole));
#else
    return __builtin_bit_cast(Lanes<std::int32_t>, _mm_cvtepi8_epi32(whole));
#endif
#else
    return __builtin_convertvector(v, Lanes<std::int32_t>);
#endif
}

struct Int8 {
    static constexpr Dim bytes = 1;
    HEED_INLINE static V at(const std::byte* from, V factor) {
        return reals(__builtin_convertvector(widened(from), Lanes<Real>)) * factor;
    }
};
struct BFloat16 {
    static constexpr Dim bytes = 2;
    HEED_INLINE static V at(const std::byte* from, V) {
        const auto upper = __builtin_convertvector(narrow<std::uint16_t>(from), Lanes<std::uint32_t>) << 16;
        return reals(__builtin_convertvector(__builtin_bit_cast(Lanes<float>, upper), Lanes<Real>));
    }
};

template <class Number, int rows>
void some_rows(const QuantizedPanel& p) {
    V sum[rows][vectors], factor[vectors];
    const auto each = [&](auto&& visit) {
        HEED_UNROLL
        for (int i = 0; i < rows; ++i) HEED_UNROLL
        for (int j = 0; j < vectors; ++j)
            if (const Dim n = p.cols - j * W; n > 0) visit(i, j, n);
    };
    HEED_UNROLL
    for (int j = 0; j < vectors; ++j) {
        factor[j] = V(Real(0));
        if (p.factors != nullptr) factor[j] = load(p.factors + j * W);
        HEED_UNROLL
        for (int i = 0; i < rows; ++i) sum[i][j] = V(Real(0));
    }
    if (p.bias != nullptr) each([&](int i, int j, Dim n) { sum[i][j] = load(p.bias + j * W, n); });
    const std::byte* w = p.w;
    for (Dim k = 0; k < p.in; ++k, w += vectors * W * Number::bytes) {
        V x[rows];
        HEED_UNROLL
        for (int i = 0; i < rows; ++i) x[i] = V(p.x[i * p.ldx + k]);
        HEED_UNROLL
        for (int j = 0; j < vectors; ++j) {
            const V number = Number::at(w + j * W * Number::bytes, factor[j]);
            HEED_UNROLL
            for (int i = 0; i < rows; ++i) sum[i][j] = fma(x[i], number, sum[i][j]);
        }
    }
    each([&](int i, int j, Dim n) { store(p.y + i * p.ldy + j * W, sum[i][j], n); });
}

template <class Number, int rows = most_rows>
void panel(QuantizedPanel p) {
    for (; p.rows >= rows; p.rows -= rows, p.x += rows * p.ldx, p.y += rows * p.ldy) some_rows<Number, rows>(p);
    if constexpr (rows > 1)
        if (p.rows > 0) panel<Number, rows - 1>(p);
}

}  // namespace

void fill(QuantizedFamily& family) {
    family.panel = vectors * W;
    family.int8 = panel<Int8>;
    family.bfloat16 = panel<BFloat16>;
}

}  // namespace heed::kernel::HEED_ISA_NS
