// The forward of attention: key blocks from the first to the last, each against the tiles of queries that may see it.
#include <cmath>
#include <limits>
#include <heed/core/parallel.hpp>
#include <heed/ops/kernel/attention_tiles.hpp>

namespace heed::kernel {
namespace {

constexpr Real infinity = std::numeric_limits<Real>::infinity();
constexpr Dim units_wanted = 16;   // for several threads to share; from shapes, never from their number
constexpr Dim rows_of_unit = 256;  // fewer would pay too much for making the keys ready
constexpr Dim blocks_worth_splitting = 4;
constexpr Dim few = GemmFamily::most_rows;  // queries that share no copy of the keys

// What a key block gives to the rows of a tile: the largest score, the sum of the exponentials, and with them the sum of the values.
struct Contribution {
    Real *max, *sum, *values;
};

// A key block with its values, made ready when the first tile asks for it.
class Block {
public:
    Block(Scratch& scratch, const Attention& a)
        : a_(a), scores_(a), queries_(scratch, a, forward_rows), keys_(scratch, a), values_(scratch, std::min(a.tk, key_block), a.dv, a.tq <= few),
          s_(scratch.take(std::min(a.tq, forward_rows) * tile_ld(a.tk))) {}

    void begin(Dim b, Dim group, Dim j0) {
        ready_ = ready_ && b == b_ && group == group_ && j0 == j0_;  // heads that share keys follow each other
        b_ = b, group_ = group, j0_ = j0;
    }

    void run(const TileOf& tile, const Contribution& to) {
        if (!ready_) {
            keys_.load(a_, b_, group_, j0_);
            values_.load(a_.v.at(b_, group_, j0_), a_.v.row, tile.keys);
            ready_ = true;
        }
        Real* const s = s_;
        queries_.load(a_, tile.b, tile.h, tile.i0, tile.rows);
        scores_(tile, queries_, keys_, s);
        table<AttentionFamily>().softmax({.s = s, .ld = tile.ld, .rows = tile.rows, .columns = tile.columns(), .range = tile.range,
                                          .scale = scores_.scale(), .max = to.max, .sum = to.sum});
        if (a_.dropout > 0)
            for (Dim r = 0; r < tile.rows; ++r) drop(a_, tile, r, s + r * tile.ld);
        const auto multiply = values_.finite() ? product : product_of_visible;
        multiply(tile.rows, a_.dv, tile.columns(), s, tile.ld, 1, values_.data() + tile.begin * values_.ld(), values_.ld(), to.values, padded(a_.dv),
                 false, {Limit::depth_by_rows, tile});
    }

private:
    const Attention& a_;
    Scores scores_;
    QueryBlock queries_;
    KeyBlock keys_;
    RowBlock values_;
    Real* s_;
    Dim b_ = 0, group_ = 0, j0_ = 0;
    bool ready_ = false;
};

// The rows' sums so far, in `out`, which become the result. `memory` holds 2 rows numbers.
class Rows {
public:
    Rows(const Attention& a, const HeadsOf<Real>& out, Real* lse, Real* memory, Dim b, Dim h, Dim i0, Dim rows)
        : a_(a), out_(out), lse_(lse), max_(memory), sum_(memory + rows), b_(b), h_(h), i0_(i0), rows_(rows) {
        std::fill_n(max_, rows, -infinity);
        std::fill_n(sum_, rows, Real(0));
        for (Dim r = 0; r < rows; ++r) std::fill_n(out.at(b, h, i0 + r), a.dv, Real(0));
    }
    void merge(Dim first, Dim rows, const Contribution& block) {
        table<AttentionFamily>().merge({.rows = rows, .width = a_.dv, .out = out_.at(b_, h_, i0_ + first), .ld_out = out_.row,
                                        .max = max_ + first, .sum = sum_ + first, .block = block.values, .ld_block = padded(a_.dv),
                                        .block_max = block.max, .block_sum = block.sum});
    }
    void finish() {
        for (Dim r = 0; r < rows_; ++r) {
            Real max = max_[r], sum = sum_[r], factor = 1;
            if (a_.sink != nullptr) {
                const Real sink = a_.sink[h_], most = std::max(max, sink);
                factor = std::exp(max - most);
                sum = sum * factor + std::exp(sink - most);
                max = most;
            }
            Real* out = out_.at(b_, h_, i0_ + r);
            lse_[(b_ * a_.heads + h_) * a_.tq + i0_ + r] = sum == 0 ? -infinity : max + std::log(sum);
            if (sum != 0) table<AttentionFamily>().scaled(out, out, a_.dv, factor / sum);
        }
    }

private:
    const Attention& a_;
    const HeadsOf<Real>& out_;
    Real *lse_, *max_, *sum_;
    Dim b_, h_, i0_, rows_;
};

Dim numbers_of_contribution(const Attention& a) { return std::min(a.tq, forward_rows) * (2 + padded(a.dv)); }

Contribution contribution(const Attention& a, Real* memory, Dim index = 0) {
    const Dim rows = std::min(a.tq, forward_rows);
    Real* at = memory + index * numbers_of_contribution(a);
    return {at + rows * padded(a.dv), at + rows * (padded(a.dv) + 1), at};
}

// How the work is cut, by shapes alone. Many queries: a unit is a stretch of queries of one head, which takes the key blocks in turn.
// Few queries and many keys: a unit is a key block of one head.
struct Cut {
    Dim heads, blocks;
    bool by_keys;
    Dim rows = 0, stretches = 1, units, of_task;
    explicit Cut(const Attention& a)
        : heads(a.batch * a.heads), blocks(ceil_div(a.tk, key_block)),
          by_keys(a.tq <= forward_rows && blocks >= blocks_worth_splitting && heads < units_wanted) {
        const Dim wanted = std::min(ceil_div(units_wanted, heads), ceil_div(a.tq, rows_of_unit));
        rows = ceil_div(ceil_div(a.tq, wanted), forward_rows) * forward_rows;
        stretches = by_keys ? blocks : ceil_div(a.tq, rows);
        units = heads * stretches;
        of_task = units_of_task((by_keys ? a.tq * key_block : std::min(a.tq, rows) * a.tk) * (a.dk + a.dv));
    }
};

// What a task needs: a block of keys, what it gives, and the sums of a stretch of rows.
struct Task {
    Block block;
    Real *part, *sums;
    Task(Scratch& scratch, const Attention& a, const Cut& cut)
        : block(scratch, a), part(scratch.take(numbers_of_contribution(a))), sums(scratch.take(2 * std::min(a.tq, cut.rows))) {}
    static Dim numbers(const Attention& a, const Cut& cut) {
        Scratch counter;
        Task(counter, a, cut);
        return counter.used();
    }
};

// Where heads lie side by side in a row, one head's part of many rows comes slowly from memory. Few queries read keys and values once,
// so those rows are read through in the order of memory before the first head needs its part.
void read_through(const Attention& a, Dim b, Dim begin, Dim end) {
    constexpr Dim most = Dim{4} << 20;  // bytes that stay near until the last head has had its part
    const auto read = [&](const HeadsOf<const Real>& rows, Dim width) {
        const Dim whole = a.groups * width;
        if (rows.head != width || rows.row != whole || (end - begin) * whole * Dim{sizeof(Real)} > most) return;
        const Real *at = rows.at(b, 0, begin), *const last = at + (end - begin) * whole;
        for (; at < last; at += 64 / sizeof(Real)) static_cast<void>(*static_cast<const volatile Real*>(at));
    };
    if (a.tq > few || a.groups == 1) return;
    Places seen{end, begin};
    for (Dim i = 0; i < a.tq; ++i) {
        const Places all = a.rules->visible(b, i);
        seen = {std::min(seen.begin, all.begin), std::max(seen.end, all.end)};
    }
    begin = std::max(begin, seen.begin), end = std::min(end, seen.end);
    read(a.k, a.dk);
    read(a.v, a.dv);
}

template <class Run>
void each_unit(const Attention& a, const Cut& cut, const Run& run) {
    parallel_blocks(cut.units, cut.of_task, [&](Dim begin, Dim end) {
        Scratch scratch(Task::numbers(a, cut));
        Task task(scratch, a, cut);
        for (Dim unit = begin; unit < end; ++unit) run(unit, task);
    });
}

void by_queries(const Attention& a, const Cut& cut, const HeadsOf<Real>& out, Real* lse) {
    each_unit(a, cut, [&](Dim unit, Task& task) {
        const Dim b = unit / cut.stretches / a.heads, h = unit / cut.stretches % a.heads;
        const Dim first = (cut.stretches - 1 - unit % cut.stretches) * cut.rows, last = std::min(a.tq, first + cut.rows);
        const Contribution part = contribution(a, task.part);
        Rows result(a, out, lse, task.sums, b, h, first, last - first);
        if (h == 0) read_through(a, b, 0, a.tk);
        for (Dim j0 = 0; j0 < a.tk; j0 += key_block) {
            task.block.begin(b, h / (a.heads / a.groups), j0);
            for (Dim i0 = first; i0 < last; i0 += forward_rows) {
                const TileOf tile = tile_of(*a.rules, b, h, i0, std::min(forward_rows, last - i0), j0);
                if (tile.empty()) continue;
                task.block.run(tile, part);
                result.merge(i0 - first, tile.rows, part);
            }
        }
        result.finish();
    });
}

Dim numbers_by_keys(const Attention& a, const Cut& cut) { return padded(cut.units * numbers_of_contribution(a)) + padded(2 * a.tq); }

// The heads of a block follow each other. What the blocks give is merged in their order, as above: the same bits.
void by_keys(const Attention& a, const Cut& cut, const HeadsOf<Real>& out, Real* lse) {
    Scratch memory(numbers_by_keys(a, cut));
    Real *const parts = memory.take(cut.units * numbers_of_contribution(a)), *const sums = memory.take(2 * a.tq);
    each_unit(a, cut, [&](Dim unit, Task& task) {
        const Dim h = unit % a.heads, b = unit / a.heads / cut.blocks, j0 = unit / a.heads % cut.blocks * key_block;
        const TileOf tile = tile_of(*a.rules, b, h, 0, a.tq, j0);
        if (h == 0) read_through(a, b, j0, j0 + tile.keys);
        if (tile.empty()) return;
        task.block.begin(b, h / (a.heads / a.groups), j0);
        task.block.run(tile, contribution(a, parts, unit));
    });
    for (Dim head = 0; head < cut.heads; ++head) {
        const Dim b = head / a.heads, h = head % a.heads;
        Rows result(a, out, lse, sums, b, h, 0, a.tq);
        for (Dim block = 0; block < cut.blocks; ++block)
            if (!tile_of(*a.rules, b, h, 0, a.tq, block * key_block).empty())
                result.merge(0, a.tq, contribution(a, parts, (b * cut.blocks + block) * a.heads + h));
        result.finish();
    }
}

}  // namespace

void attention_forward(const Attention& a, const HeadsOf<Real>& out, Real* lse) {
    if (a.batch * a.heads * a.tq == 0) return;
    const Cut cut(a);
    cut.by_keys ? by_keys(a, cut, out, lse) : by_queries(a, cut, out, lse);
}

AttentionPlan plan_forward(const Attention& a) {
    if (a.batch * a.heads * a.tq == 0) return {forward_rows, key_block, 0};
    const Cut cut(a);
    const auto together = static_cast<std::size_t>(std::min<Dim>(threads(), ceil_div(cut.units, cut.of_task)));
    return {std::min(a.tq, forward_rows), std::min(a.tk, key_block),
            together * bytes_of(Task::numbers(a, cut)) + (cut.by_keys ? bytes_of(numbers_by_keys(a, cut)) : 0)};
}

}  // namespace heed::kernel
