#pragma once
// The parts that the forward, the backward and the inspection of attention share: blocks of keys and values made ready
// for the products, and the scores of a tile.
// Private to heed; not installed.
#include <algorithm>
#include <utility>
#include <heed/core/base/storage.hpp>
#include <heed/ops/kernel/attention/attention.hpp>
#include <heed/ops/kernel/attention/attention_table.hpp>
#include <heed/ops/kernel/gemm/gemm_table.hpp>
#include <heed/ops/kernel/gemm/split.hpp>

namespace heed::kernel {

inline constexpr Dim key_block = 256;  // keys of a block; blocks begin at its multiples, whatever is asked
inline constexpr Dim forward_rows = 64, backward_rows = 64;  // queries of a tile
inline constexpr Dim line = 16;                              // widths are padded to this, a vector of every set
inline constexpr Dim work_of_task = 1 << 18;                 // multiply-adds: what is worth a task of its own

inline Dim padded(Dim width) { return ceil_div(width, line) * line; }
// Elements from one row of a tile to the next: no multiple of 64, for the caches.
inline Dim tile_ld(Dim tk) {
    const Dim n = padded(std::min(tk, key_block));
    return n % 64 == 0 ? n + line : n;
}
// How many units of this work, in multiply-adds, make a task.
inline Dim units_of_task(Dim work) { return std::max<Dim>(1, work_of_task / std::max<Dim>(1, work)); }

// The pairs of a tile that the parts of a mask allow which are no intervals: bit j % 64 of word j / 64 of a row, j from
// the start of the key block on. Not set until it is known that there are such parts.
struct HEED_ABI TileBits {
    std::uint64_t row[backward_rows][key_block / 64];
    TileBits() {}
};

// Queries i0 .. i0 + rows - 1 of head h of example b, against the keys of the block that begins at j0.
struct HEED_ABI TileOf {
    Dim b, h, i0, rows, j0, keys;
    Dim ld;                                    // of the scores and of transposed keys
    Dim begin = 0, end = 0;                    // the columns that some row sees; begin is a multiple of two vectors
    bool full = false;                         // every row sees all of them
    bool holes = false;                        // some row does not see all pairs of its range: `bits` says which
    AttentionRange range[backward_rows] = {};  // of each row, from `begin` on
    Interval parts[2] = {};  // the columns, from `begin` on, without those of whole words that no row sees
    TileBits bits = {};
    bool empty() const { return begin >= end; }
    Dim columns() const { return end - begin; }
    // From `begin` on: the columns that rows first .. last - 1 see together; the rows that see one of the columns first
    // .. last - 1.
    Interval seen_by(Dim first, Dim last) const;
    Interval seeing(Dim first, Dim last) const;
};
TileOf tile_of(const Attention& a, Dim b, Dim h, Dim i0, Dim rows, Dim j0);

// What a product may leave out, because a mask's edge runs through the tile. Of C, columns that its rows do not see
// stay as they are.
struct HEED_ABI Limit {
    enum Of { nothing, columns_by_rows, depth_by_rows, depth_by_columns } of = nothing;
    const TileOf* tile = nullptr;
    Limit() = default;
    Limit(Of what, const TileOf& t) : of(t.full ? nothing : what), tile(&t) {}
};

// c (m, n) = A (m, k) B (k, n), or added to it. Element (i, k) of A is a[i a_row + k a_step]; rows of B and C are
// padded to whole vectors. Each sum is one chain in the order of k, less what is left out, which is 0.
void product(Dim m, Dim n, Dim k, const Real* a, Dim a_row, Dim a_step, const Real* b, Dim ldb, Real* c, Dim ldc,
             bool accumulate, const Limit& limit = {});
// The same, for operands with a NaN or an Inf: an element 0 of A, a masked pair, adds nothing at all.
void product_of_visible(Dim m, Dim n, Dim k, const Real* a, Dim a_row, Dim a_step, const Real* b, Dim ldb, Real* c,
                        Dim ldc, bool accumulate, const Limit& limit = {});

// The scratch memory of a task, in one block. One without memory only counts what its users would take.
class HEED_ABI Scratch {
public:
    Scratch() = default;
    explicit Scratch(Dim n) : storage_(static_cast<std::size_t>(n)), begin_(storage_.data()) {}
    Real* take(Dim n) {
        Real* const at = begin_ == nullptr ? nullptr : begin_ + used_;
        used_ += padded(n);
        return at;
    }
    Dim used() const { return used_; }

private:
    Storage<Real> storage_;
    Real* begin_ = nullptr;
    Dim used_ = 0;
};
HEED_ABI inline std::size_t bytes_of(Dim n) {
    return n > 0 ? detail::block_bytes(static_cast<std::size_t>(n) * sizeof(Real)) : 0;
}

// Rows of a head, padded to whole vectors: B of a product. For one that is made once, rows of whole vectors stay where
// they lie.
class HEED_ABI RowBlock {
public:
    RowBlock(Scratch& scratch, Dim most_rows, Dim width, bool once = false)
        : width_(width), padded_(ceil_div(width, table<GemmFamily>().lanes) * table<GemmFamily>().lanes),
          packed_(once && width == padded_ ? nullptr : scratch.take(most_rows * padded_)),
          stays_(once && width == padded_) {}
    void load(const Real* from, Dim ld, Dim rows);
    const Real* data() const { return data_; }
    Dim ld() const { return ld_; }
    bool finite() const { return finite_; }

private:
    Dim width_, padded_;
    Real* packed_;
    bool stays_, finite_ = true;
    const Real* data_ = nullptr;
    Dim ld_ = 0;
};

// Keys or values of a block, transposed: (width, ld), zero past the last one.
class HEED_ABI TransposedBlock {
public:
    TransposedBlock(Scratch& scratch, Dim width, Dim ld) : width_(width), ld_(ld), data_(scratch.take(width * ld)) {}
    void load(const Real* from, Dim ld, Dim rows);
    const Real* data() const { return data_; }

private:
    Dim width_, ld_;
    Real* data_;
};

// The keys of a block as a score takes them: transposed and, where it asks for that, prepared.
class HEED_ABI KeyBlock {
public:
    KeyBlock(Scratch& scratch, const Attention& a);
    void load(const Attention& a, Dim b, Dim group, Dim j0);
    const Real* data() const { return data_; }

private:
    TransposedBlock keys_;
    Real* prepared_;
    const Real* data_ = nullptr;
};

// The queries of a tile: where they lie or, where the score asks for that, prepared.
class HEED_ABI QueryBlock {
public:
    QueryBlock(Scratch& scratch, const Attention& a, Dim most_rows);
    void load(const Attention& a, Dim b, Dim h, Dim i0, Dim rows);
    const Real* data() const { return data_; }
    Dim ld() const { return ld_; }

private:
    Real* prepared_;
    const Real* data_ = nullptr;
    Dim ld_ = 0;
};

// Scores of tiles: the product or the user's function, scale, rho, soft cap, bias, and -inf where a part of the mask
// that is no interval forbids a pair. What is left to do is the factor scale(), and the ranges of the rows.
class HEED_ABI Scores {
public:
    explicit Scores(const Attention& a);
    // s (rows, tile.ld) begins at the column tile.begin. derivative, of the same form, if given, receives d score / d
    // (scaled score).
    void operator()(const TileOf& tile, const QueryBlock& q, const KeyBlock& keys, Real* s,
                    Real* derivative = nullptr) const;
    Real scale() const { return adjusted_ ? Real(1) : a_.scale; }  // still to be applied
    bool has_derivative() const { return a_.soft_cap != 0 || (a_.score != nullptr && a_.score->rho != nullptr); }
    bool pairwise() const { return a_.score != nullptr && a_.score->pairwise != nullptr; }
    ScoreTile score_tile(const TileOf& tile, const QueryBlock& q, const KeyBlock& keys, Real* s) const;

private:
    const Attention& a_;
    bool adjusted_;
};

// The bits that dropout keeps of row i of a tile, as factors 0 or 1 / (1 - p), are applied to x, which begins at column
// tile.begin.
void drop(const Attention& a, const TileOf& tile, Dim row, Real* x);

}  // namespace heed::kernel
