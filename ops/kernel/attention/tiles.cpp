// Blocks of queries, keys and values, and the scores of a tile.
#include <bit>
#include <heed/core/base/parallel.hpp>
#include <heed/core/observe/profiler.hpp>
#include <heed/ops/kernel/attention/dropout.hpp>
#include <heed/ops/kernel/attention/tiles.hpp>

namespace heed::kernel {
namespace {

// Of what is seen, the columns of a part, from its start on.
Interval within(Interval seen, Interval part) {
    const Interval both{std::max(seen.begin, part.begin) - part.begin, std::min(seen.end, part.end) - part.begin};
    return both.begin < both.end ? both : Interval{};
}

// A product about some columns of a tile, of which `limit` leaves out what single rows do not see.
void product_of_part(Dim m, Dim n, Dim k, const Real* a, Dim a_row, Dim a_step, const Real* b, Dim ldb, Real* c,
                     Dim ldc, bool accumulate, const Limit& limit, Interval part) {
    const GemmFamily& isa = table<GemmFamily>();
    const Dim vectors = ceil_div(n, isa.lanes);
    const Split panels(vectors, ceil_div(vectors, isa.vectors)), tiles(m, ceil_div(m, isa.rows[panels.length(0)]));
    for (Dim p = 0; p < panels.parts; ++p) {
        for (Dim t = 0; t < tiles.parts; ++t) {
            const Dim i0 = tiles.begin(t), i1 = tiles.end(t);
            Dim v0 = panels.begin(p), v1 = panels.end(p);
            Interval depth{0, k};
            if (limit.of == Limit::columns_by_rows) {
                const Interval seen = within(limit.tile->seen_by(i0, i1), part);
                v0 = std::max(v0, seen.begin / isa.lanes), v1 = std::min(v1, ceil_div(seen.end, isa.lanes));
                if (v0 >= v1) continue;
            } else if (limit.of == Limit::depth_by_rows) {
                depth = within(limit.tile->seen_by(i0, i1), part);
            } else if (limit.of == Limit::depth_by_columns) {
                depth = limit.tile->seeing(part.begin + i0, part.begin + i1);
            }
            detail::count_flops(2 * (i1 - i0) * std::min(n - v0 * isa.lanes, (v1 - v0) * isa.lanes) *
                                (depth.end - depth.begin));
            Real* to = c + i0 * ldc + v0 * isa.lanes;
            isa.tile[i1 - i0][v1 - v0]({.a = a + i0 * a_row + depth.begin * a_step,
                                        .a_row = a_row,
                                        .a_step = a_step,
                                        .b = b + depth.begin * ldb + v0 * isa.lanes,
                                        .b_step = ldb,
                                        .k = depth.end - depth.begin,
                                        .from = accumulate ? to : nullptr,
                                        .ld_from = ldc,
                                        .to = to,
                                        .ld_to = ldc});
        }
    }
}

}  // namespace

void product(Dim m, Dim n, Dim k, const Real* a, Dim a_row, Dim a_step, const Real* b, Dim ldb, Real* c, Dim ldc,
             bool accumulate, const Limit& limit) {
    if (m <= 0 || n <= 0) return;
    if (limit.of == Limit::nothing)
        return product_of_part(m, n, k, a, a_row, a_step, b, ldb, c, ldc, accumulate, limit, {});
    for (const Interval& part : limit.tile->parts) {
        const Dim j = part.begin, count = part.end - part.begin;
        if (count == 0) continue;
        if (limit.of == Limit::columns_by_rows)
            product_of_part(m, count, k, a, a_row, a_step, b + j, ldb, c + j, ldc, accumulate, limit, part);
        else if (limit.of == Limit::depth_by_columns)
            product_of_part(count, n, k, a + j * a_row, a_row, a_step, b, ldb, c + j * ldc, ldc, accumulate, limit,
                            part);
        else  // sums go on from what the part before gave them
            product_of_part(m, n, count, a + j * a_step, a_row, a_step, b + j * ldb, ldb, c, ldc, accumulate || j > 0,
                            limit, part);
    }
}

void product_of_visible(Dim m, Dim n, Dim k, const Real* a, Dim a_row, Dim a_step, const Real* b, Dim ldb, Real* c,
                        Dim ldc, bool accumulate, const Limit&) {
    const AttentionFamily& isa = table<AttentionFamily>();
    for (Dim i = 0; i < m; ++i) {
        if (!accumulate) std::fill_n(c + i * ldc, n, Real(0));
        for (Dim j = 0; j < k; ++j)
            if (const Real factor = a[i * a_row + j * a_step]; factor != 0)
                isa.add_scaled(c + i * ldc, b + j * ldb, n, factor);
    }
}

void RowBlock::load(const Real* from, Dim ld, Dim rows) {
    if (!stays_) table<GemmFamily>().pack(from, ld, rows, width_, packed_, padded_);
    data_ = stays_ ? from : packed_;
    ld_ = stays_ ? ld : padded_;
    finite_ = table<AttentionFamily>().finite(data_, ld_, rows, width_);
}

void TransposedBlock::load(const Real* from, Dim ld, Dim rows) {
    table<GemmFamily>().pack_transposed(from, ld, width_, rows, data_, ld_);
}

namespace {
bool prepares(const Attention& a) { return a.score != nullptr && a.score->prepare != nullptr; }
}  // namespace

KeyBlock::KeyBlock(Scratch& scratch, const Attention& a)
    : keys_(scratch, a.prepared_keys ? 0 : a.dk, tile_ld(a.tk)),
      prepared_(scratch.take(prepares(a) && !a.prepared_keys ? a.dk * tile_ld(a.tk) : 0)) {}

void KeyBlock::load(const Attention& a, Dim b, Dim group, Dim j0) {
    if (a.prepared_keys) {
        data_ = a.prepared_keys +
                ((b * a.groups + group) * ceil_div(a.tk, key_block) + j0 / key_block) * a.dk * tile_ld(a.tk);
        return;
    }
    keys_.load(a.k.at(b, group, j0), a.k.row, std::min(key_block, a.tk - j0));
    data_ = keys_.data();
    if (!prepares(a)) return;
    a.score->prepare(a.score_self, data_, a.dk * tile_ld(a.tk), prepared_);
    data_ = prepared_;
}

Dim prepared_size(const Attention& a) { return a.batch * a.groups * ceil_div(a.tk, key_block) * a.dk * tile_ld(a.tk); }

void prepare_keys(const Attention& a, Real* to) {
    const Dim blocks = ceil_div(a.tk, key_block), size = a.dk * tile_ld(a.tk);
    parallel_blocks(a.batch * a.groups * blocks, units_of_task(16 * size), [&](Dim begin, Dim end) {
        Scratch scratch(2 * padded(size));
        KeyBlock keys(scratch, a);
        for (Dim unit = begin; unit < end; ++unit) {
            keys.load(a, unit / blocks / a.groups, unit / blocks % a.groups, unit % blocks * key_block);
            std::copy_n(keys.data(), size, to + unit * size);
        }
    });
}

QueryBlock::QueryBlock(Scratch& scratch, const Attention& a, Dim most_rows)
    : prepared_(scratch.take(prepares(a) ? most_rows * a.dk : 0)) {}

void QueryBlock::load(const Attention& a, Dim b, Dim h, Dim i0, Dim rows) {
    data_ = a.q.at(b, h, i0);
    ld_ = a.q.row;
    if (!prepares(a)) return;
    for (Dim r = 0; r < rows; ++r) a.score->prepare(a.score_self, a.q.at(b, h, i0 + r), a.dk, prepared_ + r * a.dk);
    data_ = prepared_;
    ld_ = a.dk;
}

Interval TileOf::seen_by(Dim first, Dim last) const {
    Interval all{columns(), 0};
    for (Dim r = first; r < last; ++r)
        if (range[r].begin < range[r].end)
            all = {std::min<Dim>(all.begin, range[r].begin), std::max<Dim>(all.end, range[r].end)};
    return all.begin < all.end ? all : Interval{};
}

Interval TileOf::seeing(Dim first, Dim last) const {
    const auto sees = [&](Dim r) { return range[r].begin < last && range[r].end > first; };
    Interval all{0, rows};
    while (all.begin < all.end && !sees(all.begin)) ++all.begin;
    while (all.begin < all.end && !sees(all.end - 1)) --all.end;
    return all;
}

namespace {

// Clears the bits of a row outside of an interval, and returns the interval from the first bit to the last. `holes` is
// set where a bit between them is 0.
Interval narrowed(std::uint64_t* row, Dim keys, Interval seen, bool& holes) {
    Interval all{keys, 0};
    Dim count = 0;
    for (Dim word = 0, j = 0; j < keys; ++word, j += 64) {
        const auto below = [j](Dim n) {  // the bits of the keys before the n-th
            return n <= j ? 0 : n >= j + 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << (n - j)) - 1;
        };
        const std::uint64_t bits = row[word] &= below(seen.end) & ~below(seen.begin);
        if (bits == 0) continue;
        all = {std::min(all.begin, j + std::countr_zero(bits)), j + 64 - std::countl_zero(bits)};
        count += std::popcount(bits);
    }
    if (count == 0) return {};
    holes |= count < all.end - all.begin;
    return all;
}

// A tile of at most four words has at most two parts.
void find_parts(const std::uint64_t* columns, TileOf& t) {
    static_assert(key_block == 4 * 64);
    Dim part = 0;
    t.parts[0] = t.parts[1] = {};
    for (Dim j = t.begin; j < t.end; j = (j / 64 + 1) * 64) {
        if (columns[j / 64] == 0) {
            part += t.parts[part].begin < t.parts[part].end;
            continue;
        }
        if (t.parts[part].end == 0) t.parts[part].begin = j - t.begin;
        t.parts[part].end = std::min(t.end, (j / 64 + 1) * 64) - t.begin;
    }
    t.full &= t.parts[1].end == 0;  // no product is about columns that no row sees
}

}  // namespace

TileOf tile_of(const Attention& a, Dim b, Dim h, Dim i0, Dim rows, Dim j0) {
    const PairMask& mask = *a.mask;
    TileOf t{.b = b,
             .h = h,
             .i0 = i0,
             .rows = rows,
             .j0 = j0,
             .keys = std::min(key_block, a.tk - j0),
             .ld = tile_ld(a.tk)};
    const Dim row0 = a.first_query + i0, key0 = a.first_key + j0;  // of the mask
    Interval seen[backward_rows];
    std::uint64_t columns[key_block / 64] = {};  // that some row sees
    Dim begin = t.keys, end = 0;
    for (Dim r = 0; r < rows; ++r) {
        const Interval all = mask.visible(b, row0 + r);
        seen[r] = {std::max<Dim>(all.begin - key0, 0), std::min(all.end - key0, t.keys)};
        if (seen[r].begin >= seen[r].end) seen[r] = {0, 0};
        if (mask.scattered()) {
            mask.allow(b, h, row0 + r, key0, key0 + t.keys, t.bits.row[r]);
            const Interval allowed = narrowed(t.bits.row[r], t.keys, seen[r], t.holes);
            for (Dim word = 0; word < ceil_div(t.keys, 64); ++word) columns[word] |= t.bits.row[r][word];
            seen[r] = allowed;
        }
        if (seen[r].begin < seen[r].end) begin = std::min(begin, seen[r].begin), end = std::max(end, seen[r].end);
    }
    t.begin = begin / (2 * line) * (2 * line);
    t.end = end;
    t.full = true;
    for (Dim r = 0; r < rows; ++r) {
        const Dim shift = seen[r].end > 0 ? t.begin : 0;
        t.range[r] = {static_cast<std::int32_t>(seen[r].begin - shift), static_cast<std::int32_t>(seen[r].end - shift)};
        t.full &= t.range[r].begin == 0 && t.range[r].end == t.end - t.begin;
    }
    t.parts[0] = {0, std::max<Dim>(0, t.columns())};
    if (t.holes) find_parts(columns, t);
    return t;
}

Scores::Scores(const Attention& a) : a_(a), adjusted_(a.scale <= 0 || has_derivative() || a.mask->biased()) {}

ScoreTile Scores::score_tile(const TileOf& tile, const QueryBlock& q, const KeyBlock& keys, Real* s) const {
    return {.b = tile.b,
            .h = tile.h,
            .i0 = a_.first_query + tile.i0,
            .j0 = a_.first_key + tile.j0 + tile.begin,
            .rows = tile.rows,
            .keys = tile.columns(),
            .width = a_.dk,
            .q = q.data(),
            .ldq = q.ld(),
            .k = keys.data() + tile.begin,
            .ldk = tile.ld,
            .theta = a_.theta.data == nullptr ? nullptr : a_.theta.at(0, tile.h),
            .s = s,
            .lds = tile.ld};
}

void Scores::operator()(const TileOf& tile, const QueryBlock& q, const KeyBlock& keys, Real* s,
                        Real* derivative) const {
    const AttentionFamily& isa = table<AttentionFamily>();
    const ScoreTile t = score_tile(tile, q, keys, s);
    const Dim n = tile.columns();
    if (pairwise()) a_.score->pairwise(a_.score_self, t);
    else product(tile.rows, n, a_.dk, t.q, t.ldq, 1, t.k, tile.ld, s, tile.ld, false, {Limit::columns_by_rows, tile});
    if (adjusted_) {
        const bool rho = a_.score != nullptr && a_.score->rho != nullptr;
        for (Dim r = 0; r < tile.rows; ++r)
            isa.adjust(s + r * tile.ld, n, a_.scale, rho ? Real(0) : a_.soft_cap,
                       derivative == nullptr || rho ? nullptr : derivative + r * tile.ld);
        if (rho && derivative == nullptr) a_.score->rho(a_.score_self, t);
        else if (rho) a_.score->rho_with_derivative(a_.score_self, t, derivative);
        if (rho && a_.soft_cap != 0) {
            alignas(64) Real cap[key_block];
            for (Dim r = 0; r < tile.rows; ++r) {
                isa.adjust(s + r * tile.ld, n, 1, a_.soft_cap, derivative == nullptr ? nullptr : cap);
                if (derivative != nullptr) isa.multiply(derivative + r * tile.ld, cap, n);
            }
        }
        if (a_.mask->biased())
            for (Dim r = 0; r < tile.rows; ++r)
                a_.mask->add_bias(tile.b, tile.h, t.i0 + r, t.j0, t.j0 + n, s + r * tile.ld);
    }
    if (!tile.holes) return;
    for (Dim r = 0; r < tile.rows; ++r) isa.hide(s + r * tile.ld, n, tile.bits.row[r], tile.begin);
}

void drop(const Attention& a, const TileOf& tile, Dim row, Real* x) {
    const Dim i = a.first_query + tile.i0 + row, j = a.first_key + tile.j0 + tile.begin;
    const Dim first = ((tile.b * a.heads + tile.h) * a.mask->tq() + i) * a.mask->tk() + j;
    dropout(x, tile.columns(), first, a.dropout, a.stream);
}

}  // namespace heed::kernel
