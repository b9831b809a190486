// The inner loops of gemm.cpp for one instruction set.
#include <utility>
#include <heed/ops/kernel/gemm/gemm_tiles.hpp>
#include <heed/ops/kernel/simd/vector_math.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

constexpr Dim rows_at_once = 8;       // of B: streams that the prefetchers of a core can follow
constexpr Dim early_bytes = 1 << 15;  // of B, from what a strip uses to what it prefetches
constexpr Dim near_bytes = 1 << 19;   // of a B in the second-level cache: prefetching costs a fifth of its time

// A few rows of B at a time, over all columns: memory is read fastest in this way. A B beyond the second-level cache is
// prefetched into that cache; in the first-level one it would replace what is in use.
template <int rows>
void strip(const GemmTile& s, Dim cols) {
    constexpr int vectors = rows <= tallest[widest] ? widest : widest - 1;
    constexpr Dim line = 64 / sizeof(Real);
    const Dim group = rows_at_once * cols,
              early = (early_bytes / Dim{sizeof(Real)} + group - 1) / group * rows_at_once * s.b_step;
    const bool far = s.k * s.b_step > near_bytes / Dim{sizeof(Real)};
    GemmTile t = s;
    for (Dim k0 = 0; k0 < s.k || k0 == 0; k0 += rows_at_once) {
        t.k = s.k - k0 < rows_at_once ? s.k - k0 : rows_at_once;
        const Real* from = k0 == 0 ? s.from : s.to;
        if (k0 != 0) t.ld_from = s.ld_to;
        const auto at = [&](Dim j) {
            t.b = s.b + k0 * s.b_step + j;
            t.from = from == nullptr ? nullptr : from + j;
            t.to = s.to + j;
        };
        Dim j = 0;
        for (; j + vectors * W <= cols; j += vectors * W) {
            at(j);
            for (Dim i = 0; far && i < rows_at_once; ++i)
                for (Dim at_line = 0; at_line < vectors * W; at_line += line)
                    __builtin_prefetch(t.b + early + i * t.b_step + at_line, 0, 2);
            around<rows, vectors>(
                t, W, [&](auto& sum) { add_products<MultiplyAdd>(sum, t, [](const Real* b) { return load(b); }); });
        }
        for (; j < cols; j += W) {
            at(j);
            around<rows, 1>(t, cols - j, [&](auto& sum) {
                add_products<MultiplyAdd>(sum, t, [&](const Real* b) { return load(b, cols - j); });
            });
        }
        t.a += rows_at_once * s.a_step;
    }
}

template <int rows>
void fill_strips(GemmFamily& family) {
    family.strip[rows] = strip<rows>;
    if constexpr (rows > 1) fill_strips<rows - 1>(family);
}

template <class Activation>
void finish_with(const GemmFinish f, Activation act) {  // a copy: no store can change it
    const V alpha(f.alpha);
    for (Dim i = 0; i < f.rows; ++i) {
        for (Dim j = 0; j < f.cols; j += W) {
            const Dim n = f.cols - j;
            V v = load(f.sums + i * f.ld_sums + j) * alpha;  // whole vectors: a tile's buffer is that wide
            if (f.bias != nullptr) v = v + load(f.bias + j, n);
            v = act(v);
            if (f.residual != nullptr) v = v + load(f.residual + i * f.ldr + j, n);
            if (f.accumulate) v = load(f.c + i * f.ldc + j, n) + v;
            store(f.c + i * f.ldc + j, v, n);
        }
    }
}

void finish(const GemmFinish& f) {
    switch (f.act) {
    case Act::none: return finish_with(f, [](V x) { return x; });
    case Act::relu: return finish_with(f, [](V x) { return relu(x); });
    case Act::tanh: return finish_with(f, [](V x) { return tanh_of(x); });
    case Act::sigmoid: return finish_with(f, [](V x) { return sigmoid(x); });
    case Act::gelu: return finish_with(f, [](V x) { return gelu(x); });
    case Act::gelu_tanh: return finish_with(f, [](V x) { return gelu_tanh(x); });
    case Act::silu: return finish_with(f, [](V x) { return silu(x); });
    }
}

void pack(const Real* from, Dim ld, Dim depth, Dim cols, Real* to, Dim width) {
    const Dim whole = cols / W * W;
    for (Dim i = 0; i < depth; ++i, from += ld, to += width) {
        for (Dim j = 0; j < whole; j += W) store(to + j, load(from + j));
        for (Dim j = whole; j < width; j += W) store(to + j, load_part(from + j, cols - j));
    }
}

// A few k of all tiles, then the next: a line of `from` is in two or three tiles, and is read while it is in cache.
template <int rows = GemmFamily::most_rows>
void pack_tiles(const Real* from, Dim ld, Dim depth, Dim wanted, Dim tiles, Real* to) {
    if constexpr (rows > 1)
        if (rows != wanted) return pack_tiles<rows - 1>(from, ld, depth, wanted, tiles, to);
    for (Dim i0 = 0; i0 < depth; i0 += rows_at_once) {
        const Dim end = i0 + rows_at_once < depth ? i0 + rows_at_once : depth;
        for (Dim t = 0; t < tiles; ++t)
            for (Dim i = i0; i < end; ++i)
                __builtin_memcpy(to + (t * depth + i) * rows, from + i * ld + t * rows, rows * sizeof(Real));
    }
}

// Transposing in registers: R rows, of each 16 bytes.
#if defined(__AVX__)
constexpr int bytes = 32;
#else
constexpr int bytes = 16;
#endif
constexpr int R = bytes / sizeof(Real), Q = 16 / sizeof(Real);
using Wide [[gnu::vector_size(bytes), gnu::aligned(sizeof(Real)), gnu::may_alias]] = Real;

// Within each 16 bytes: pieces of a and b in turn, from their lower or their upper half.
template <int piece, bool upper>
HEED_INLINE Wide interleave(Wide a, Wide b) {
    constexpr auto from = [](int i) {
        const int p = i % Q / piece;
        return i / Q * Q + (p / 2 + (upper ? Q / piece / 2 : 0)) * piece + i % piece + (p % 2 != 0 ? R : 0);
    };
    const auto shuffled = [&]<int... i>(std::integer_sequence<int, i...>) {
        return __builtin_shufflevector(a, b, from(i)...);
    };
    return shuffled(std::make_integer_sequence<int, R>());
}

// Row i in the lower and row i + Q in the upper half, where there are two.
HEED_INLINE Wide two_rows(const Real* low, [[maybe_unused]] const Real* high) {
#if !defined(__AVX__)
    return *reinterpret_cast<const Wide*>(low);
#elif defined(HEED_DOUBLE)
    return _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(low)), _mm_loadu_pd(high), 1);
#else
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(low)), _mm_loadu_ps(high), 1);
#endif
}

HEED_INLINE void transpose_block(const Real* from, Dim ld, Real* to, Dim width) {
    const auto rows = [&](int i) { return two_rows(from + i * ld, from + (i + R - Q) * ld); };
    const auto put = [&](int i, Wide v) { *reinterpret_cast<Wide*>(to + i * width) = v; };
    const Wide r0 = rows(0), r1 = rows(1);
    if constexpr (Q == 2) {
        put(0, interleave<1, false>(r0, r1));
        put(1, interleave<1, true>(r0, r1));
    } else {
        const Wide r2 = rows(2), r3 = rows(3);
        const Wide a = interleave<1, false>(r0, r1), b = interleave<1, false>(r2, r3);
        const Wide c = interleave<1, true>(r0, r1), d = interleave<1, true>(r2, r3);
        put(0, interleave<2, false>(a, b));
        put(1, interleave<2, true>(a, b));
        put(2, interleave<2, false>(c, d));
        put(3, interleave<2, true>(c, d));
    }
}

// to[i * width + j] = from[j * ld + i] for i < depth, j < cols, multiples of Q and R. Not inlined, or g++ keeps its
// pointers in memory.
[[gnu::noinline]] void transpose_blocks(const Real* from, Dim ld, Dim depth, Dim cols, Real* to, Dim width) {
    for (Dim j = 0; j < cols; j += R)
        for (Dim i = 0; i < depth; i += Q) transpose_block(from + j * ld + i, ld, to + i * width + j, width);
}

// Whole lines of 64 bytes on both sides, few enough to stay in cache until they are complete.
void pack_transposed(const Real* from, Dim ld, Dim depth, Dim cols, Real* to, Dim width) {
    constexpr Dim line = 64 / sizeof(Real), deep = 4 * line;
    const auto min = [](Dim a, Dim b) { return a < b ? a : b; };
    const Dim whole_depth = depth / Q * Q, whole_cols = cols / R * R, whole_width = width / R * R;
    Real rest[R * deep];
    for (Dim j = 0; j < whole_width; j += j < whole_cols ? min(line, whole_cols - j) : R)
        for (Dim i = 0; i < whole_depth; i += deep) {
            const Real* corner = from + j * ld + i;
            const Dim n = min(deep, whole_depth - i), there = min(line, whole_cols - j);
            for (Dim r = 0; there <= 0 && r < R; ++r) {  // the last rows, and zeros for those that are not there
                if (j + r < cols)
                    __builtin_memcpy(rest + r * deep, corner + r * ld, static_cast<std::size_t>(n) * sizeof(Real));
                else __builtin_memset(rest + r * deep, 0, static_cast<std::size_t>(n) * sizeof(Real));
            }
            if (there > 0) transpose_blocks(corner, ld, n, there, to + i * width + j, width);
            else transpose_blocks(rest, deep, n, R, to + i * width + j, width);
        }
    for (Dim i = 0; i < depth; ++i)
        for (Dim j = i < whole_depth ? whole_width : 0; j < width; ++j)
            to[i * width + j] = j < cols ? from[j * ld + i] : Real(0);
}

}  // namespace

void fill(GemmFamily& family) {
    family.lanes = W;
    family.vectors = widest;
    for (int v = 0; v <= widest; ++v) family.rows[v] = tallest[v];
    fill_tiles<MultiplyAdd>(family.tile);
    fill_strips<GemmFamily::most_rows>(family);
    family.finish = finish;
    family.pack = pack;
    family.pack_transposed = pack_transposed;
    family.pack_tiles = pack_tiles<>;
}

}  // namespace heed::kernel::HEED_ISA_NS
