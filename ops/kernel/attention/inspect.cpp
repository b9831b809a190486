// The weights of some queries, computed again for inspection.
#include <tuple>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/kernel/attention/tiles.hpp>

namespace heed::kernel {

void attention_weights(const Attention& a, RowSums<const Real> sums, const std::vector<Dim>& queries,
                       FunctionRef<void(const WeightTile&)> visit) {
    struct Rows {
        Dim begin, count;
    };
    std::vector<Rows> runs;  // neighbours share a tile
    for (const Dim i : queries) {
        if (!runs.empty() && runs.back().begin + runs.back().count == i && runs.back().count < forward_rows)
            ++runs.back().count;
        else runs.push_back({i, 1});
    }
    parallel_for(a.batch * a.heads, [&](Dim head) {
        const Dim b = head / a.heads, h = head % a.heads;
        const Scores scores(a);
        Scratch counter;
        const auto take = [&](Scratch& scratch) {
            return std::tuple(QueryBlock(scratch, a, forward_rows), KeyBlock(scratch, a),
                              scratch.take(forward_rows * tile_ld(a.tk)));
        };
        take(counter);
        Scratch memory(counter.used());
        auto [query, keys, s] = take(memory);
        for (Dim j0 = 0; j0 < a.tk; j0 += key_block) {
            bool ready = false;
            for (const Rows& run : runs) {
                const TileOf tile = tile_of(a, b, h, run.begin, run.count, j0);
                if (tile.empty()) continue;
                if (!ready) keys.load(a, b, h / (a.heads / a.groups), j0);
                ready = true;
                query.load(a, b, h, run.begin, run.count);
                scores(tile, query, keys, s);
                table<AttentionFamily>().weights({.s = s,
                                                  .dp = nullptr,
                                                  .ld = tile.ld,
                                                  .rows = run.count,
                                                  .columns = tile.columns(),
                                                  .range = tile.range,
                                                  .scale = scores.scale(),
                                                  .max = sums.max + head * a.tq + run.begin,
                                                  .sum = sums.sum + head * a.tq + run.begin,
                                                  .delta = nullptr});
                visit({b, h, run.begin, run.count, j0 + tile.begin, tile.columns(), s, tile.ld});
            }
        }
    });
}

}  // namespace heed::kernel
