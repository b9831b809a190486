// The forward of attention: key blocks from the first to the last, each against the tiles of queries that may see it.
#include <cmath>
#include <limits>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/kernel/attention/merge.hpp>
#include <heed/ops/kernel/attention/tiles.hpp>

namespace heed::kernel {
namespace {

constexpr Real infinity = std::numeric_limits<Real>::infinity();
constexpr Dim units_wanted = 16;         // for several threads to share; from shapes, never from the number of threads
constexpr Dim rows_of_unit = 256;        // fewer would pay too much for making the keys ready
constexpr Dim most_rows_of_unit = 2048;  // more would keep too much of what waits to be merged
constexpr Dim blocks_worth_splitting = 4;
constexpr Dim few = GemmFamily::most_rows;  // queries that share no copy of the keys

// A key block with its values, made ready when the first tile asks for it.
class Block {
public:
    Block(Scratch& scratch, const Attention& a)
        : a_(a), scores_(a), queries_(scratch, a, forward_rows), keys_(scratch, a),
          values_(scratch, std::min(a.tk, key_block), a.dv, a.tq <= few),
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
        table<AttentionFamily>().softmax({.s = s,
                                          .ld = tile.ld,
                                          .rows = tile.rows,
                                          .columns = tile.columns(),
                                          .range = tile.range,
                                          .scale = scores_.scale(),
                                          .max = to.max,
                                          .sum = to.sum});
        if (a_.dropout > 0)
            for (Dim r = 0; r < tile.rows; ++r) drop(a_, tile, r, s + r * tile.ld);
        const auto multiply = values_.finite() ? product : product_of_visible;
        multiply(tile.rows, a_.dv, tile.columns(), s, tile.ld, 1, values_.data() + tile.begin * values_.ld(),
                 values_.ld(), to.values, padded(a_.dv), false, {Limit::depth_by_rows, tile});
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

// Where a forward leaves what keys gave the queries: finished, or a part of it, which is neither divided by the sums
// nor knows of the sink.
struct Result {
    HeadsOf<Real> values;
    RowSums<Real> sums;
    bool is_part;
};

// A row of it, from what the keys gave it; values are null where that is nothing.
void finish_row(const Attention& a, const Result& to, Dim b, Dim h, Dim i, Real max, Real sum, const Real* values) {
    Real factor = 1;
    if (a.sink != nullptr && !to.is_part) {
        const Real sink = a.sink[h], most = std::max(max, sink);
        factor = std::exp(max - most);
        sum = sum * factor + std::exp(sink - most);
        max = most;
    }
    const Dim row = (b * a.heads + h) * a.tq + i;
    to.sums.max[row] = max;
    to.sums.sum[row] = sum;
    Real* const out = to.values.at(b, h, i);
    if (values == nullptr || sum == 0) std::fill_n(out, a.dv, Real(0));
    else table<AttentionFamily>().scaled(out, values, a.dv, to.is_part ? Real(1) : factor / sum);
}

// Rows i0 .. i0 + rows - 1 from what all keys gave them, or from nothing.
void finish(const Attention& a, const Result& to, Dim b, Dim h, Dim i0, Dim rows, const Contribution* all) {
    for (Dim r = 0; r < rows; ++r) {
        if (all == nullptr) finish_row(a, to, b, h, i0 + r, -infinity, 0, nullptr);
        else finish_row(a, to, b, h, i0 + r, all->max[r], all->sum[r], all->values + r * padded(a.dv));
    }
}

Dim elements_of_contribution(const Attention& a) { return std::min(a.tq, forward_rows) * (2 + padded(a.dv)); }

Contribution contribution(const Attention& a, Real* memory, Dim index) {
    const Dim rows = std::min(a.tq, forward_rows);
    Real* at = memory + index * elements_of_contribution(a);
    return {at + rows * padded(a.dv), at + rows * (padded(a.dv) + 1), at};
}

// How the work is cut, by shapes alone. Many queries: a unit is a stretch of queries of one head, which takes the key
// blocks in turn. Few queries and many keys: a unit is a key block of one head.
struct Cut {
    Dim heads, blocks;
    bool by_keys;
    Dim rows = 0, stretches = 1, units, of_task;
    Dim tiles = 1,
        depth;  // by queries: tiles of a unit whose contributions wait at a time, and at most how many of each
    explicit Cut(const Attention& a)
        : heads(a.batch * a.heads), blocks(ceil_div(a.tk, key_block)),
          by_keys(a.tq <= forward_rows && blocks >= blocks_worth_splitting && heads < units_wanted),
          depth(MergeTree::depth_of(blocks)) {
        const Dim wanted = std::min(ceil_div(units_wanted, heads), ceil_div(a.tq, rows_of_unit));
        rows = std::min(most_rows_of_unit, ceil_div(ceil_div(a.tq, wanted), forward_rows) * forward_rows);
        if (blocks > 1) tiles = ceil_div(std::min(a.tq, rows), forward_rows);
        stretches = by_keys ? blocks : ceil_div(a.tq, rows);
        units = heads * stretches;
        of_task = units_of_task((by_keys ? a.tq * key_block : std::min(a.tq, rows) * a.tk) * (a.dk + a.dv));
    }
};

// What a task needs: a block of keys, and what tiles of queries have got from the blocks before.
struct Task {
    Block block;
    Real* waiting;
    MergeTree trees[most_rows_of_unit / forward_rows];
    Task(Scratch& scratch, const Attention& a, const Cut& cut)
        : block(scratch, a),
          waiting(scratch.take(cut.by_keys ? 0 : cut.tiles * cut.depth * elements_of_contribution(a))) {}
    static Dim elements(const Attention& a, const Cut& cut) {
        Scratch counter;
        Task(counter, a, cut);
        return counter.used();
    }
};

// Where heads lie side by side in a row, one head's part of many rows comes slowly from memory. Few queries read keys
// and values once, so those rows are read through in the order of memory before the first head needs its part.
void read_through(const Attention& a, Dim b, Dim begin, Dim end) {
    constexpr Dim most = Dim{4} << 20;  // bytes that stay in cache until the last head has read its part
    const auto read = [&](const HeadsOf<const Real>& rows, Dim width) {
        const Dim whole = a.groups * width;
        if (rows.head != width || rows.row != whole || (end - begin) * whole * Dim{sizeof(Real)} > most) return;
        const Real *at = rows.at(b, 0, begin), *const last = at + (end - begin) * whole;
        for (; at < last; at += 64 / sizeof(Real)) static_cast<void>(*static_cast<const volatile Real*>(at));
    };
    if (a.tq > few || a.groups == 1) return;
    Interval seen{end, begin};
    for (Dim i = 0; i < a.tq; ++i) {
        const Interval all = a.mask->visible(b, a.first_query + i);
        seen = {std::min(seen.begin, all.begin - a.first_key), std::max(seen.end, all.end - a.first_key)};
    }
    begin = std::max(begin, seen.begin), end = std::min(end, seen.end);
    read(a.k, a.dk);
    read(a.v, a.dv);
}

template <class Run>
void each_unit(const Attention& a, const Cut& cut, const Run& run) {
    parallel_blocks(cut.units, cut.of_task, [&](Dim begin, Dim end) {
        Scratch scratch(Task::elements(a, cut));
        Task task(scratch, a, cut);
        for (Dim unit = begin; unit < end; ++unit) run(unit, task);
    });
}

void by_queries(const Attention& a, const Cut& cut, const Result& to) {
    each_unit(a, cut, [&](Dim unit, Task& task) {
        const Dim b = unit / cut.stretches / a.heads, h = unit / cut.stretches % a.heads;
        const Dim first = (cut.stretches - 1 - unit % cut.stretches) * cut.rows,
                  last = std::min(a.tq, first + cut.rows);
        if (h == 0) read_through(a, b, 0, a.tk);
        for (Dim block = 0; block < std::max<Dim>(1, cut.blocks); ++block) {
            task.block.begin(b, h / (a.heads / a.groups), block * key_block);
            for (Dim i0 = first; i0 < last; i0 += forward_rows) {
                const TileOf tile = tile_of(a, b, h, i0, std::min(forward_rows, last - i0), block * key_block);
                const Dim index = (i0 - first) / forward_rows;
                MergeTree& tree = task.trees[index];
                if (!tile.empty()) {
                    tree.merge_before(block, tile.rows, a.dv);
                    const Contribution part =
                        contribution(a, task.waiting, index % cut.tiles * cut.depth + tree.size());
                    task.block.run(tile, part);
                    tree.add(block, part);
                }
                if (block + 1 >= cut.blocks) finish(a, to, b, h, i0, tile.rows, tree.merge_all(tile.rows, a.dv));
            }
        }
    });
}

Dim elements_by_keys(const Attention& a, const Cut& cut) { return padded(cut.units * elements_of_contribution(a)); }

// The heads of a block follow each other. What the blocks give is merged by the tree, as above: the same bits.
void by_keys(const Attention& a, const Cut& cut, const Result& to) {
    Scratch memory(elements_by_keys(a, cut));
    Real* const parts = memory.take(cut.units * elements_of_contribution(a));
    each_unit(a, cut, [&](Dim unit, Task& task) {
        const Dim h = unit % a.heads, b = unit / a.heads / cut.blocks, j0 = unit / a.heads % cut.blocks * key_block;
        const TileOf tile = tile_of(a, b, h, 0, a.tq, j0);
        if (h == 0) read_through(a, b, j0, j0 + tile.keys);
        if (tile.empty()) return;
        task.block.begin(b, h / (a.heads / a.groups), j0);
        task.block.run(tile, contribution(a, parts, unit));
    });
    for (Dim head = 0; head < cut.heads; ++head) {
        const Dim b = head / a.heads, h = head % a.heads;
        MergeTree tree;
        for (Dim block = 0; block < cut.blocks; ++block) {
            if (tile_of(a, b, h, 0, a.tq, block * key_block).empty()) continue;
            tree.merge_before(block, a.tq, a.dv);
            tree.add(block, contribution(a, parts, (b * cut.blocks + block) * a.heads + h));
        }
        finish(a, to, b, h, 0, a.tq, tree.merge_all(a.tq, a.dv));
    }
}

void run(const Attention& a, const Result& to) {
    if (a.batch * a.heads * a.tq == 0) return;
    const Cut cut(a);
    cut.by_keys ? by_keys(a, cut, to) : by_queries(a, cut, to);
}

}  // namespace

void attention_forward(const Attention& a, const HeadsOf<Real>& out, RowSums<Real> sums) { run(a, {out, sums, false}); }

void attention_part(const Attention& a, const AttentionPart& to) {
    run(a, {{to.values, a.heads * a.tq * a.dv, a.tq * a.dv, a.dv}, to.sums, true});
}

void merge_parts(Dim rows, Dim width, const AttentionPart& to, const AttentionPart& more) {
    parallel_blocks(rows, units_of_task(width), [&](Dim begin, Dim end) {
        const auto from = [&](const AttentionPart& part) {
            return Contribution{part.sums.max + begin, part.sums.sum + begin, part.values + begin * width};
        };
        table<AttentionFamily>().merge(
            {.rows = end - begin, .width = width, .ld = width, .to = from(to), .more = from(more)});
    });
}

void finish_parts(const Attention& a, const AttentionPart& all, const HeadsOf<Real>& out, RowSums<Real> sums) {
    parallel_blocks(a.batch * a.heads * a.tq, units_of_task(a.dv), [&](Dim begin, Dim end) {
        for (Dim row = begin; row < end; ++row)
            finish_row(a, {out, sums, false}, row / a.tq / a.heads, row / a.tq % a.heads, row % a.tq, all.sums.max[row],
                       all.sums.sum[row], all.values + row * a.dv);
    });
}

AttentionPlan plan_forward(const Attention& a) {
    if (a.batch * a.heads * a.tq == 0) return {forward_rows, key_block, 0};
    const Cut cut(a);
    const auto together = static_cast<std::size_t>(std::min<Dim>(threads(), ceil_div(cut.units, cut.of_task)));
    return {std::min(a.tq, forward_rows), std::min(a.tk, key_block),
            together * bytes_of(Task::elements(a, cut)) + (cut.by_keys ? bytes_of(elements_by_keys(a, cut)) : 0)};
}

}  // namespace heed::kernel
