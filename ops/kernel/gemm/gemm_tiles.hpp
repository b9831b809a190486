#pragma once
// A tile of a product, for the *_isa.cpp files whose products differ in how they multiply and add.
// Private to heed; not installed.
#include <heed/ops/kernel/gemm/gemm_table.hpp>
#include <heed/ops/kernel/simd/vector.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int widest = 4;  // 32 registers
constexpr int tallest[] = {0, 8, 8, 8, 6};
#else
constexpr int widest = 2;  // 16 registers
constexpr int tallest[] = {0, 8, 6};
#endif
constexpr Dim ahead = widest == 4 ? 8 : 32;  // rows of B from the one in use to the one prefetched: about 200 cycles

struct MultiplyAdd {
    HEED_INLINE V operator()(V a, V b, V sum) const { return fma(a, b, sum); }
};

// Each k of a tile: one load for a vector of B, one broadcast for a row of A.
template <class Add, int rows, int vectors, class LoadB>
HEED_INLINE void add_products(V (&sum)[rows][vectors], const GemmTile& t, LoadB&& load_b) {
    const Real* a[rows];
    HEED_UNROLL
    for (int i = 0; i < rows; ++i) a[i] = t.a + i * t.a_row;
    const Real* b = t.b;
    for (Dim s = 0; s < t.stretches; ++s) {
        const Dim begin = s * t.a_stretch, end = begin + t.k * t.a_step;
        for (Dim at = begin; at != end; at += t.a_step) {
            V bv[vectors];
            HEED_UNROLL
            for (int j = 0; j < vectors; ++j) bv[j] = load_b(b + j * W);
            b += t.b_step;
            HEED_UNROLL
            for (int i = 0; i < rows; ++i) {
                const V av(a[i][at]);
                HEED_UNROLL
                for (int j = 0; j < vectors; ++j) sum[i][j] = Add()(av, bv[j], sum[i][j]);
            }
        }
    }
}

// `cols` is the number of columns of the last vector.
template <int rows, int vectors, class AddProducts>
HEED_INLINE void around(const GemmTile& t, Dim cols, AddProducts&& add) {
    V sum[rows][vectors];
    const auto each = [&](auto&& visit) {
        HEED_UNROLL
        for (int i = 0; i < rows; ++i) HEED_UNROLL
        for (int j = 0; j < vectors; ++j) visit(i, j, j + 1 < vectors ? W : cols);
    };
    if (t.from != nullptr) each([&](int i, int j, Dim n) { sum[i][j] = load(t.from + i * t.ld_from + j * W, n); });
    else each([&](int i, int j, Dim) { sum[i][j] = V(Real(0)); });
    add(sum);
    each([&](int i, int j, Dim n) { store(t.to + i * t.ld_to + j * W, sum[i][j], n); });
}

template <class Add, int rows, int vectors>
void tile(const GemmTile& t) {
    around<rows, vectors>(t, W, [&](auto& sum) {
        if (t.keep == nullptr) return add_products<Add>(sum, t, [](const Real* b) { return load(b); });
        Real* keep = t.keep;
        add_products<Add>(sum, t, [&](const Real* b) {
            __builtin_prefetch(b + ahead * t.b_step);
            const V v = load(b);
            store(keep, v);
            keep += W;
            return v;
        });
    });
}

template <class Add, int rows = tallest[widest], int vectors = widest>
void fill_tiles(GemmFamily::Tiles& tiles) {
    tiles[rows][vectors] = tile<Add, rows, vectors>;
    if constexpr (rows > 1) fill_tiles<Add, rows - 1, vectors>(tiles);
    else if constexpr (vectors > 1) fill_tiles<Add, tallest[vectors - 1], vectors - 1>(tiles);
}

}  // namespace
}  // namespace heed::kernel::HEED_ISA_NS
