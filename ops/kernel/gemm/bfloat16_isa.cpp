// Operands of bfloat16 for one instruction set.
#include <heed/ops/kernel/gemm/bfloat16_table.hpp>
#include <heed/ops/kernel/gemm/gemm_tiles.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

void round(const Real* from, Bfloat16* to, Dim n) {
    for (Dim i = 0; i < n; ++i) to[i] = Bfloat16::of(static_cast<float>(from[i]));
}

#if defined(__AVX512BF16__) && !defined(HEED_DOUBLE)

// Two neighbours share a word, and one instruction multiplies and adds both: first what lies in the upper half, so the
// earlier one lies there. A product of two bfloat16 is exact in float, so that the sums have the bits that they have
// with floats.
constexpr Dim together = 2;
struct Add {
    HEED_INLINE V operator()(V a, V b, V sum) const {
        const __m512 x = a, y = b;
        return V(_mm512_dpbf16_ps(sum, (__m512bh)x, (__m512bh)y));
    }
};

// The first n of 32 values, then 0.
HEED_INLINE __m512i some(const Bfloat16* from, Dim n) {
    if (n >= 32) return _mm512_loadu_si512(from);
    return _mm512_maskz_loadu_epi16(n <= 0 ? 0u : (1u << n) - 1u, from);
}

void words(const Bfloat16* from, Dim ld, Dim rows, Dim k, Real* to, Dim ld_to) {
    for (Dim i = 0; i < rows; ++i, from += ld, to += ld_to)
        for (Dim p = 0; p < k; p += 2 * W)
            store(to + p / 2, V(_mm512_castsi512_ps(_mm512_rol_epi32(some(from + p, k - p), 16))), (k - p + 1) / 2);
}

void words_across(const Bfloat16* from, Dim ld, Dim k, Dim cols, Real* to, Dim width) {
    const __m512i number = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    // Of 64 values, 0 to 31 are of the second row and 32 to 63 of the first: the lower halves of words i = 0 .. 15 are
    // i, the upper i + 32.
    const __m512i left =
        _mm512_or_si512(number, _mm512_slli_epi32(_mm512_add_epi32(number, _mm512_set1_epi32(32)), 16));
    const __m512i right = _mm512_add_epi16(left, _mm512_set1_epi16(16));
    for (Dim p = 0; p < k; p += 2, from += 2 * ld, to += width)
        for (Dim j = 0; j < width; j += 2 * W) {
            const __m512i first = some(from + j, cols - j),
                          second = p + 1 < k ? some(from + ld + j, cols - j) : _mm512_setzero_si512();
            store(to + j, V(_mm512_castsi512_ps(_mm512_permutex2var_epi16(second, left, first))));
            if (j + W < width)
                store(to + j + W, V(_mm512_castsi512_ps(_mm512_permutex2var_epi16(second, right, first))));
        }
}

#else

constexpr Dim together = 1;
using Add = MultiplyAdd;

void words_across(const Bfloat16* from, Dim ld, Dim k, Dim cols, Real* to, Dim width) {
    for (Dim p = 0; p < k; ++p, from += ld, to += width) {
        for (Dim j = 0; j < cols; ++j) to[j] = static_cast<Real>(from[j]);
        for (Dim j = cols; j < width; ++j) to[j] = 0;
    }
}

void words(const Bfloat16* from, Dim ld, Dim rows, Dim k, Real* to, Dim ld_to) {
    words_across(from, ld, rows, k, to, ld_to);
}

#endif

}  // namespace

void fill(Bfloat16Family& family) {
    family.together = together;
    family.words = words;
    family.words_across = words_across;
    fill_tiles<Add>(family.tile);
    family.round = round;
}

}  // namespace heed::kernel::HEED_ISA_NS
