// The inner loops of gemm.cpp for one instruction set.
#include <heed/ops/kernel/gemm_table.hpp>
#include <heed/ops/kernel/vector.hpp>
#include <heed/ops/kernel/vector_math.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int widest = 4;  // 32 registers
constexpr int tallest[] = {0, 8, 8, 8, 6};
#else
constexpr int widest = 2;  // 16 registers
constexpr int tallest[] = {0, 8, 6};
#endif

template <int rows, int vectors>
void tile(const GemmTile& t) {
    V sum[rows][vectors];
    if (t.from != nullptr) {
        HEED_UNROLL
        for (int i = 0; i < rows; ++i)
            HEED_UNROLL
            for (int j = 0; j < vectors; ++j) sum[i][j] = load(t.from + i * t.ld_from + j * W);
    } else {
        HEED_UNROLL
        for (int i = 0; i < rows; ++i)
            HEED_UNROLL
            for (int j = 0; j < vectors; ++j) sum[i][j] = V(Real(0));
    }
    const Real* a[rows];
    HEED_UNROLL
    for (int i = 0; i < rows; ++i) a[i] = t.a + i * t.a_row;
    const Real* b = t.b;
    const Dim end = t.k * t.a_step;
    for (Dim at = 0; at != end; at += t.a_step) {
        V bv[vectors];
        HEED_UNROLL
        for (int j = 0; j < vectors; ++j) bv[j] = load(b + j * W);
        b += t.b_step;
        HEED_UNROLL
        for (int i = 0; i < rows; ++i) {
            const V av(a[i][at]);
            HEED_UNROLL
            for (int j = 0; j < vectors; ++j) sum[i][j] = fma(av, bv[j], sum[i][j]);
        }
    }
    HEED_UNROLL
    for (int i = 0; i < rows; ++i)
        HEED_UNROLL
        for (int j = 0; j < vectors; ++j) store(t.to + i * t.ld_to + j * W, sum[i][j]);
}

template <int rows, int vectors>
void fill_tiles(GemmFamily& family) {
    family.tile[rows][vectors] = tile<rows, vectors>;
    if constexpr (rows > 1) fill_tiles<rows - 1, vectors>(family);
    else if constexpr (vectors > 1) fill_tiles<tallest[vectors - 1], vectors - 1>(family);
}

template <class Activation>
void finish_with(const GemmFinish& f, Activation act) {
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

template <int cols>
void pack_narrow(const Real* from, Dim ld, Dim depth, Real* to) {
    for (Dim i = 0; i < depth; ++i, from += ld, to += cols) __builtin_memcpy(to, from, cols * sizeof(Real));
}

// The rows of a tile of op(A): too few for a vector, so each number of them has its own loop.
template <int cols = GemmFamily::most_rows>
void pack_few(const Real* from, Dim ld, Dim depth, Dim wanted, Real* to) {
    if (cols == wanted) return pack_narrow<cols>(from, ld, depth, to);
    if constexpr (cols > 1) pack_few<cols - 1>(from, ld, depth, wanted, to);
}

void pack(const Real* from, Dim ld, Dim depth, Dim cols, Real* to, Dim width) {
    if (cols == width && cols <= GemmFamily::most_rows) return pack_few(from, ld, depth, cols, to);
    const Dim whole = cols / W * W;
    for (Dim i = 0; i < depth; ++i, from += ld, to += width) {
        for (Dim j = 0; j < whole; j += W) store(to + j, load(from + j));
        for (Dim j = whole; j < width; j += W) store(to + j, load_part(from + j, cols - j));
    }
}

// Squares of 16-byte rows are transposed in registers.
using Quad [[gnu::vector_size(16), gnu::aligned(sizeof(Real)), gnu::may_alias]] = Real;
constexpr Dim Q = 16 / sizeof(Real);

HEED_INLINE void transpose_square(const Real* from, Dim ld, Real* to, Dim width) {
    const auto row = [&](Dim i) { return *reinterpret_cast<const Quad*>(from + i * ld); };
    const auto put = [&](Dim i, Quad q) { *reinterpret_cast<Quad*>(to + i * width) = q; };
#ifdef HEED_DOUBLE
    const Quad r0 = row(0), r1 = row(1);
    put(0, __builtin_shufflevector(r0, r1, 0, 2));
    put(1, __builtin_shufflevector(r0, r1, 1, 3));
#else
    const Quad r0 = row(0), r1 = row(1), r2 = row(2), r3 = row(3);
    const Quad a = __builtin_shufflevector(r0, r1, 0, 4, 1, 5), b = __builtin_shufflevector(r2, r3, 0, 4, 1, 5);
    const Quad c = __builtin_shufflevector(r0, r1, 2, 6, 3, 7), d = __builtin_shufflevector(r2, r3, 2, 6, 3, 7);
    put(0, __builtin_shufflevector(a, b, 0, 1, 4, 5));
    put(1, __builtin_shufflevector(a, b, 2, 3, 6, 7));
    put(2, __builtin_shufflevector(c, d, 0, 1, 4, 5));
    put(3, __builtin_shufflevector(c, d, 2, 3, 6, 7));
#endif
}

void pack_transposed(const Real* from, Dim ld, Dim depth, Dim cols, Real* to, Dim width) {
    constexpr Dim line = 64 / sizeof(Real);  // each cache line of `from` is read once, whole
    const Dim square_depth = depth / Q * Q, square_cols = cols / Q * Q;
    for (Dim i0 = 0; i0 < square_depth; i0 += line) {
        const Dim end = i0 + line < square_depth ? i0 + line : square_depth;
        for (Dim j = 0; j < square_cols; j += Q)
            for (Dim i = i0; i < end; i += Q) transpose_square(from + j * ld + i, ld, to + i * width + j, width);
    }
    for (Dim i = 0; i < depth; ++i) {
        for (Dim j = i < square_depth ? square_cols : 0; j < cols; ++j) to[i * width + j] = from[j * ld + i];
        for (Dim j = cols; j < width; ++j) to[i * width + j] = 0;
    }
}

}  // namespace

void fill(GemmFamily& family) {
    family.lanes = W;
    family.vectors = widest;
    for (int v = 0; v <= widest; ++v) family.rows[v] = tallest[v];
    fill_tiles<tallest[widest], widest>(family);
    family.finish = finish;
    family.pack = pack;
    family.pack_transposed = pack_transposed;
}

}  // namespace heed::kernel::HEED_ISA_NS
