// Blocking, packing and threads of the matrix product; the inner loops are in gemm_isa.cpp.
#include <algorithm>
#include <heed/core/parallel.hpp>
#include <heed/ops/kernel/gemm.hpp>
#include <heed/ops/kernel/gemm_table.hpp>
#include <heed/ops/kernel/workspace.hpp>

namespace heed::kernel {
namespace {

constexpr Dim block_k = 256;     // a block of B: at most 256 x 256, for the second-level cache
constexpr Dim block_n = 256;
constexpr Dim block_m = 384;
constexpr Dim work_of_chunk = 1 << 20;  // multiply-adds that are worth a thread: about 10 microseconds
constexpr Dim rows_worth_packing = 48;  // fewer rows read a row-major B where it lies

Dim ceil_div(Dim a, Dim b) { return (a + b - 1) / b; }

// Splits n into `parts` pieces whose sizes differ by one at most: where piece i begins.
Dim cut(Dim n, Dim parts, Dim i) { return n / parts * i + std::min(i, n % parts); }

// One block of C and what its tiles share.
class Block {
public:
    Block(const GemmFamily& isa, const Gemm& g, Dim m0, Dim m, Dim n0, Dim n)
        : isa_(isa), g_(g), m0_(m0), m_(m), n0_(n0), n_(n), vectors_(ceil_div(n, isa.lanes)), panels_(ceil_div(vectors_, isa.vectors)),
          height_(isa.rows[ceil_div(vectors_, panels_)]), tiles_(ceil_div(m, height_)) {}

    void run() {
        const Dim depth = std::min(g_.k, block_k), width = vectors_ * isa_.lanes;
        const bool pack_a = g_.ta && panels_ > 1, pack_whole_b = g_.tb || m_ >= rows_worth_packing;
        const bool spill = g_.k > block_k;
        Real* memory = space().get(width * depth + (pack_a ? m_ * depth : 0) + (spill ? m_ * width : 0));
        b_ = memory;
        a_ = b_ + width * depth;
        sums_ = a_ + (pack_a ? m_ * depth : 0);
        const Dim steps = std::max(Dim{1}, ceil_div(g_.k, block_k));
        for (Dim step = 0; step < steps; ++step) {
            const Dim k0 = cut(g_.k, steps, step), k = cut(g_.k, steps, step + 1) - k0;
            if (pack_a) pack_rows(k0, k);
            for (Dim p = 0; p < panels_; ++p) {
                const Dim v0 = cut(vectors_, panels_, p), v1 = cut(vectors_, panels_, p + 1);
                panel(v0 * isa_.lanes, v1 - v0, k0, k, pack_a, pack_whole_b, step == 0, step + 1 == steps);
            }
        }
    }

private:
    static Workspace& space() {
        thread_local Workspace one;
        return one;
    }

    void pack_rows(Dim k0, Dim k) const {
        for (Dim t = 0; t < tiles_; ++t) {
            const Dim i0 = cut(m_, tiles_, t), rows = cut(m_, tiles_, t + 1) - i0;
            isa_.pack(g_.a + k0 * g_.lda + m0_ + i0, g_.lda, k, rows, a_ + i0 * k, rows);
        }
    }

    void panel(Dim j0, Dim vectors, Dim k0, Dim k, bool packed_a, bool pack_b, bool first, bool last) const {
        const Dim width = vectors * isa_.lanes, cols = std::min(width, n_ - j0);
        GemmTile t{};
        t.k = k;
        if (pack_b || cols < width) {
            Real* to = b_ + j0 * k;
            if (g_.tb) isa_.pack_transposed(g_.b + (n0_ + j0) * g_.ldb + k0, g_.ldb, k, cols, to, width);
            else isa_.pack(g_.b + k0 * g_.ldb + n0_ + j0, g_.ldb, k, cols, to, width);
            t.b = to;
            t.b_step = width;
        } else {
            t.b = g_.b + k0 * g_.ldb + n0_ + j0;
            t.b_step = g_.ldb;
        }
        const bool plain = g_.alpha == 1 && g_.bias == nullptr && g_.act == Act::none && g_.residual == nullptr && !g_.accumulate && cols == width;
        const Dim ld_sums = vectors_ * isa_.lanes;
        alignas(64) Real corner[GemmFamily::most_rows * GemmFamily::most_vectors * 16];
        for (Dim i = 0; i < tiles_; ++i) {
            const Dim i0 = cut(m_, tiles_, i), rows = cut(m_, tiles_, i + 1) - i0;
            if (packed_a) {
                t.a = a_ + i0 * k;
                t.a_row = 1;
                t.a_step = rows;
            } else {
                t.a_row = g_.ta ? 1 : g_.lda;
                t.a_step = g_.ta ? g_.lda : 1;
                t.a = g_.a + (m0_ + i0) * t.a_row + k0 * t.a_step;
            }
            Real* sums = sums_ + i0 * ld_sums + j0;
            const Dim at = (m0_ + i0) * g_.ldc + n0_ + j0;
            t.from = first ? nullptr : sums;
            t.ld_from = ld_sums;
            t.to = !last ? sums : plain ? g_.c + at : corner;
            t.ld_to = !last ? ld_sums : plain ? g_.ldc : width;
            isa_.tile[rows][vectors](t);
            if (last && !plain) {
                const Real* bias = g_.bias == nullptr ? nullptr : g_.bias + n0_ + j0;
                const Real* residual = g_.residual == nullptr ? nullptr : g_.residual + (m0_ + i0) * g_.ldr + n0_ + j0;
                isa_.finish({rows, cols, corner, width, g_.alpha, bias, g_.act, residual, g_.ldr, g_.accumulate, g_.c + at, g_.ldc});
            }
        }
    }

    const GemmFamily& isa_;
    const Gemm& g_;
    Dim m0_, m_, n0_, n_;
    Dim vectors_, panels_;  // the block's columns: vectors, shared out to panels of tiles
    Dim height_, tiles_;    // its rows, shared out to tiles
    Real *b_ = nullptr, *a_ = nullptr, *sums_ = nullptr;
};

// A grid of blocks over C: no larger than the caches want, and enough of them for several threads.
struct Grid {
    Dim rows, cols;
};

Grid grid_of(const Gemm& g, Dim lanes) {
    Grid grid{ceil_div(g.m, block_m), ceil_div(g.n, block_n)};
    const Dim wanted = std::min(Dim{8}, g.m * g.n * g.k / work_of_chunk);
    while (g.batch * grid.rows * grid.cols < wanted) {
        const Dim m = g.m / grid.rows, n = g.n / grid.cols;
        if (m >= n && m >= 32) grid.rows *= 2;
        else if (n >= 8 * lanes) grid.cols *= 2;
        else break;
    }
    return grid;
}

}  // namespace

void gemm(const Gemm& g) {
    if (g.m <= 0 || g.n <= 0 || g.batch <= 0) return;
    const GemmFamily& isa = table<GemmFamily>();
    const Grid grid = grid_of(g, isa.lanes);
    const Dim blocks = grid.rows * grid.cols, total = g.batch * blocks;
    const Dim vectors = ceil_div(g.n, isa.lanes);
    const auto run = [&](Dim begin, Dim end) {
        for (Dim i = begin; i < end; ++i) {
            const Dim item = i / blocks, row = i % blocks / grid.cols, col = i % blocks % grid.cols;
            Gemm one = g;
            one.a += item * g.stride_a;
            one.b += item * g.stride_b;
            one.c += item * g.stride_c;
            if (one.residual != nullptr) one.residual += item * g.stride_c;
            const Dim m0 = cut(g.m, grid.rows, row), m1 = cut(g.m, grid.rows, row + 1);
            const Dim n0 = cut(vectors, grid.cols, col) * isa.lanes, n1 = std::min(g.n, cut(vectors, grid.cols, col + 1) * isa.lanes);
            Block(isa, one, m0, m1 - m0, n0, n1 - n0).run();
        }
    };
    const Dim work = std::max(Dim{1}, g.m * g.n * g.k / blocks);  // of one block
    parallel_blocks(total, std::max(Dim{1}, work_of_chunk / work), run);
}

}  // namespace heed::kernel
