// Blocking, packing and threads of the matrix product; the inner loops are in gemm_isa.cpp.
#include <algorithm>
#include <heed/core/base/parallel.hpp>
#include <heed/core/observe/profiler.hpp>
#include <heed/ops/kernel/elementwise/chains.hpp>
#include <heed/ops/kernel/gemm/bfloat16_table.hpp>
#include <heed/ops/kernel/gemm/gemm.hpp>
#include <heed/ops/kernel/gemm/gemm_table.hpp>
#include <heed/ops/kernel/gemm/split.hpp>
#include <heed/ops/kernel/simd/workspace.hpp>

namespace heed::kernel {
namespace {

constexpr Dim few = GemmFamily::most_rows;  // rows for which reading B is most of the work
constexpr Dim beyond_caches = 1 << 21;      // elements of a B that comes from memory
// Rows that lie this far apart fall into few sets of a cache. A panel, which uses a part of each row, then copies them
// even if only a few tiles use them; rows that lie closer are copied only if many tiles do.
constexpr Dim far = 2048 / Dim{sizeof(Real)};
constexpr Dim work_of_chunk = 1 << 20;  // multiply-adds that are worth a thread: about 20 microseconds

// n elements or more: rows that lie an odd number of cache lines apart fall into all sets of a cache.
Dim odd_lines(Dim n) {
    constexpr Dim line = 64 / Dim{sizeof(Real)};
    return (ceil_div(n, line) | 1) * line;
}

// How C and the sums are cut.
struct Cut {
    bool strip;   // all columns of a block at once, instead of tiles
    Dim m, n, k;  // at most; k in words (see Bfloat16Family): a divisor of a chain's, or all
};

// A part of k, in words, after which the sums are stored.
struct Step {
    Dim begin, length;
    bool first, last;  // of a chain; of k, where that is one chain
};

Cut cut_of(const Gemm& g, Dim vectors) {
    if (g.a.rounded != nullptr) return {false, 512, 512, 256};
    if (g.packed) return {false, 512, 512, 512};
    const bool from_memory = g.n * g.k > beyond_caches;
    const bool slender =
        g.m * vectors < 8;  // a tile has too few sums to keep the multiply-adds busy; a strip has one after the other
    if (g.m > few || (!g.tb && !slender && !from_memory)) return {false, 512, 512, 512};
    if (!g.tb) return {true, g.m, 4096 / g.m, std::max(Dim{1}, g.k)};
    if (from_memory) return {slender, g.m, 64 / sizeof(Real), 256};  // long pieces of few rows of the transposed B
    return {slender, g.m, 64, 64};                                   // a packed B for the first-level cache
}

// The block of C at (m0, n0) and what its tiles share.
class Block {
public:
    Block(const GemmFamily& isa, const Gemm& g, const Cut& cut, Dim m0, Dim m, Dim n0, Dim n)
        : isa_(isa), rounded_(g.a.rounded != nullptr ? &bfloat16_family() : nullptr),
          tile_(rounded_ != nullptr ? rounded_->tile : isa.tile),
          together_(rounded_ != nullptr ? rounded_->together : 1), all_(g), g_(g), strip_(cut.strip), m0_(m0), m_(m),
          n0_(n0), n_(n), width_(ceil_div(n, isa.lanes) * isa.lanes), panels_(panels_of(n, isa.lanes, isa.vectors)),
          tiles_(m, ceil_div(m, isa.rows[panels_.length(0)])), cut_k_(cut.k), words_(ceil_div(g.k, together_)),
          chain_(terms_of_chain / together_), depth_(steps_of(std::min(chain_, words_)).length(0)),
          from_bias_(g.alpha == 1 && g.bias != nullptr),
          plain_(words_ <= chain_ && g.alpha == 1 && g.act == Act::none && g.residual == nullptr && !g.accumulate),
          pack_a_(rounded_ == nullptr && g.ta && panels_.parts > 1 && g.lda >= far) {
        if (from_bias_) g_.bias = nullptr;  // that is no work for the epilogue any more
    }

    // This block of one product of the batch.
    void run(Dim item) {
        g_.a = all_.a + item * g_.stride_a;
        g_.b = all_.b + item * g_.stride_b;
        g_.c = all_.c + item * g_.stride_c;
        if (g_.residual != nullptr) g_.residual = all_.residual + item * g_.stride_c;
        if (strip_) strip();
        else tiles();
    }

private:
    static Workspace& space() {
        thread_local Workspace one;
        return one;
    }

    // Where the sums of every row begin, from the column j0 on: null for 0.
    const Real* start(const Step& step, Dim j0) const {
        return from_bias_ && step.begin == 0 ? all_.bias + n0_ + j0 : nullptr;
    }

    Split steps_of(Dim words) const { return {words, std::max(Dim{1}, ceil_div(words, cut_k_))}; }

    // Calls add(step, sums) for all of k, in order.
    template <class Add>
    void each_step(Real* result, Add&& add) const {
        sum_in_chains(0, words_, chain_, m_ * width_, result, [&](Dim begin, Dim end, Real* sums) {
            const Split steps = steps_of(end - begin);
            for (Dim i = 0; i < steps.parts; ++i)
                add(Step{begin + steps.begin(i), steps.length(i), i == 0, words_ <= chain_ && i + 1 == steps.parts},
                    sums);
        });
    }

    // Few rows. A transposed B is packed piece by piece; any other is read where it lies.
    void strip() const {
        const Dim packed = g_.tb ? width_ * depth_ : 0;
        Real *b = space().get(packed + (plain_ ? 0 : m_ * width_)),
             *result = plain_ ? g_.c + m0_ * g_.ldc + n0_ : b + packed;
        const Dim ld = plain_ ? g_.ldc : width_, row = g_.ta ? 1 : g_.lda, next = g_.ta ? g_.lda : 1;
        each_step(result, [&](const Step& step, Real* sums) {
            if (g_.tb)
                isa_.pack_transposed(g_.b.values + n0_ * g_.ldb + step.begin, g_.ldb, step.length, n_, b, width_);
            const Real *from_b = g_.tb ? b : g_.b.values + step.begin * g_.ldb + n0_,
                       *from = step.first ? start(step, 0) : sums;
            isa_.strip[m_]({g_.a.values + m0_ * row + step.begin * next, row, next, from_b, g_.tb ? width_ : g_.ldb,
                            step.length, from, step.first ? 0 : ld, sums, ld},
                           n_);
        });
        if (!plain_) finish(0, m_, 0, n_, result, ld);
    }

    void tiles() {
        const Dim panel_width = panels_.length(0) * isa_.lanes;
        ld_a_ = rounded_ == nullptr ? g_.lda : odd_lines(g_.ta ? m_ : depth_);
        const Dim size_a = rounded_ != nullptr ? ld_a_ * (g_.ta ? depth_ : m_) : pack_a_ ? m_ * depth_ : 0;
        const Dim size_words = rounded_ != nullptr && g_.tb ? panel_width * odd_lines(depth_) : 0;
        b_ = space().get(panel_width * depth_ + size_a + size_words + (words_ > depth_ ? m_ * width_ : 0));
        a_ = b_ + panel_width * depth_;
        b_words_ = a_ + size_a;
        Real* const result = b_words_ + size_words;
        each_step(result, [&](const Step& step, Real* sums) {
            if (rounded_ != nullptr) read_rows(step);
            else if (pack_a_) pack_rows(step);
            for (Dim p = 0; p < panels_.parts; ++p) panel(step, panels_.begin(p) * isa_.lanes, panels_.length(p), sums);
        });
        if (words_ > chain_) finish(0, m_, 0, n_, result, width_);
    }

    void pack_rows(const Step& step) const {
        const Dim k = step.length, rows = tiles_.size, longer = tiles_.longer;
        const Real* from = g_.a.values + step.begin * g_.lda + m0_;
        isa_.pack_tiles(from, g_.lda, k, rows + 1, longer, a_);
        isa_.pack_tiles(from + longer * (rows + 1), g_.lda, k, rows, tiles_.parts - longer,
                        a_ + longer * (rows + 1) * k);
    }

    // Of rounded operands: where a step begins, and how many elements it has.
    Dim first_of(const Step& step) const { return step.begin * together_; }
    Dim numbers_of(const Step& step) const { return std::min(step.length * together_, g_.k - first_of(step)); }

    void read_rows(const Step& step) const {
        const Dim k0 = first_of(step), k = numbers_of(step);
        if (g_.ta) rounded_->words_across(g_.a.rounded + k0 * g_.lda + m0_, g_.lda, k, m_, a_, ld_a_);
        else rounded_->words(g_.a.rounded + m0_ * g_.lda + k0, g_.lda, m_, k, a_, ld_a_);
    }

    void read_columns(const Step& step, Dim j0, Dim cols, Dim width) const {
        const Dim k0 = first_of(step), k = numbers_of(step);
        if (!g_.tb) return rounded_->words_across(g_.b.rounded + k0 * g_.ldb + n0_ + j0, g_.ldb, k, cols, b_, width);
        const Dim words = step.length, ld = odd_lines(words);
        rounded_->words(g_.b.rounded + (n0_ + j0) * g_.ldb + k0, g_.ldb, cols, k, b_words_, ld);
        isa_.pack_transposed(b_words_, ld, words, cols, b_, width);
    }

    // All tiles below each other, whose sums go to `sums` or, of the last step, to C.
    void panel(const Step& step, Dim j0, Dim vectors, Real* sums) const {
        const Dim k0 = step.begin, k = step.length, width = vectors * isa_.lanes, cols = std::min(width, n_ - j0);
        const bool direct = plain_ && cols == width;
        GemmTile t{};
        t.k = k;
        t.b_step = g_.ldb;
        const auto use_packed = [&] { t.b = b_, t.b_step = width, t.keep = nullptr; };
        if (rounded_ != nullptr) {
            read_columns(step, j0, cols, width);
            use_packed();
        } else if (g_.packed) {
            t.b = g_.b.values + g_.k * (n0_ + j0) + k0 * width;
            t.b_step = width;
        } else {
            t.b = g_.b.values + (g_.tb ? (n0_ + j0) * g_.ldb + k0 : k0 * g_.ldb + n0_ + j0);
            if (g_.tb || cols < width) {
                (g_.tb ? isa_.pack_transposed : isa_.pack)(t.b, g_.ldb, k, cols, b_, width);
                use_packed();
            } else if (tiles_.parts > (g_.ldb >= far ? 2 : 8) && g_.ldb > 2 * width) {
                t.keep = b_;
            }
        }
        alignas(64) Real corner[GemmFamily::most_rows * GemmFamily::most_vectors * 16];
        for (Dim i = 0; i < tiles_.parts; ++i) {
            const Dim i0 = tiles_.begin(i), rows = tiles_.length(i);
            t.a_row = pack_a_ || g_.ta ? 1 : ld_a_;
            t.a_step = pack_a_ ? rows : g_.ta ? ld_a_ : 1;
            t.a = pack_a_               ? a_ + i0 * k
                  : rounded_ != nullptr ? a_ + i0 * t.a_row
                                        : g_.a.values + (m0_ + i0) * t.a_row + k0 * t.a_step;
            Real* const kept = sums == nullptr ? nullptr : sums + i0 * width_ + j0;
            t.from = step.first ? start(step, j0) : kept;
            t.ld_from = step.first ? 0 : width_;
            // Tiles read whole vectors; subnormal numbers, which may lie in the others' place, would slow them down.
            if (step.first && t.from != nullptr && cols < width) {
                std::fill(std::copy_n(t.from, cols, corner), corner + width, Real(0));
                t.from = corner;
            }
            t.to = !step.last ? kept : direct ? g_.c + (m0_ + i0) * g_.ldc + n0_ + j0 : corner;
            t.ld_to = !step.last ? width_ : direct ? g_.ldc : width;
            if (step.last && direct)  // fetches lines of C while the sums are made
                for (Dim r = 0; r < rows; ++r)
                    for (Dim j = 0; j < width; j += 64 / Dim{sizeof(Real)})
                        __builtin_prefetch(t.to + r * t.ld_to + j, 1);
            tile_[rows][vectors](t);
            if (step.last && !direct) finish(i0, rows, j0, cols, corner, width);
            if (t.keep != nullptr) use_packed();
        }
    }

    void finish(Dim i0, Dim rows, Dim j0, Dim cols, const Real* sums, Dim ld) const {
        const Real* bias = g_.bias == nullptr ? nullptr : g_.bias + n0_ + j0;
        const Real* residual = g_.residual == nullptr ? nullptr : g_.residual + (m0_ + i0) * g_.ldr + n0_ + j0;
        Real* c = g_.c + (m0_ + i0) * g_.ldc + n0_ + j0;
        isa_.finish({rows, cols, sums, ld, g_.alpha, bias, g_.act, residual, g_.ldr, g_.accumulate, c, g_.ldc});
    }

    const GemmFamily& isa_;
    const Bfloat16Family* rounded_;  // where the operands are
    const decltype(GemmFamily::tile)& tile_;
    Dim together_;  // elements in a word
    const Gemm& all_;
    Gemm g_;  // one product of the batch
    bool strip_;
    Dim m0_, m_, n0_, n_;
    Dim width_;     // the block's columns, in whole vectors
    Split panels_;  // those vectors, shared out to panels of tiles
    Split tiles_;   // the rows, shared out to tiles
    Dim cut_k_;
    Dim words_;       // k, in words
    Dim chain_;       // the words of a chain
    Dim depth_;       // of the longest step
    bool from_bias_;  // where the sums begin
    bool plain_;      // the sums are the result, and made where it is
    bool pack_a_;
    Dim ld_a_ = 0;  // of A where tiles read it
    Real *b_ = nullptr, *a_ = nullptr, *b_words_ = nullptr;
};

// In multiply-adds; few rows take as long as `few` do.
Dim work_of(const Gemm& g, Dim lanes) { return 2048 + std::max(g.m, few) * ceil_div(g.n, lanes) * lanes * g.k; }

// A grid of blocks over C, with some blocks for each thread. No bit depends on it, so it may depend on their number.
struct Grid {
    Dim rows, cols;
};

Grid grid_of(const Gemm& g, const Cut& cut, Dim lanes) {
    Grid grid{ceil_div(g.m, cut.m), ceil_div(g.n, cut.n)};
    if (threads() == 1) return grid;
    const Dim wanted = std::min(Dim{4} * threads(), g.batch * work_of(g, lanes) / work_of_chunk);
    while (g.batch * grid.rows * grid.cols < wanted) {
        const bool rows = g.m / grid.rows >= 32, cols = g.n / grid.cols >= 8 * lanes;
        if (cols && !(rows && g.ta && !g.tb)) grid.cols *= 2;  // so that no block packs what another has packed
        else if (rows) grid.rows *= 2;
        else break;
    }
    return grid;
}

}  // namespace

void gemm(const Gemm& g) {
    if (g.m <= 0 || g.n <= 0 || g.batch <= 0) return;
    detail::count_flops(2 * g.m * g.n * g.k * g.batch);
    const GemmFamily& isa = table<GemmFamily>();
    const Cut cut = cut_of(g, isa.vectors);
    const Grid grid = grid_of(g, cut, isa.lanes);
    const Dim vectors = ceil_div(g.n, isa.lanes);
    const Split rows(g.m, grid.rows),
        units = g.packed ? panels_of(g.n, isa.lanes, isa.vectors) : Split(vectors, vectors),
        cols(units.parts, std::min(grid.cols, units.parts));
    const Dim blocks = grid.rows * cols.parts;
    const auto run = [&](Dim begin, Dim end) {
        for (Dim i = begin; i < end;) {
            const Dim row = i % blocks / cols.parts, col = i % blocks % cols.parts;
            const Dim n0 = units.begin(cols.begin(col)) * isa.lanes, n1 = units.begin(cols.end(col)) * isa.lanes;
            Block block(isa, g, cut, rows.begin(row), rows.length(row), n0, std::min(g.n, n1) - n0);
            do block.run(i / blocks);
            while (++i < end && blocks == 1);
        }
    };
    parallel_blocks(g.batch * blocks, std::max(Dim{1}, work_of_chunk * blocks / work_of(g, isa.lanes)), run);
}

}  // namespace heed::kernel
