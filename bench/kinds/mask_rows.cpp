// Rows of attention under masks that differ by pair.
#include <heed/bench/ops/row.hpp>
#include <heed/ops/attention/attention.hpp>

namespace heed::bench {
namespace {

Var masked_attention(G g) { return attention(g[0], g[1], g[2], {.mask = g.mask}); }

Array at_random(G g) {  // half of the pairs
    Array kept = g[3].value();
    for (Real& x : kept.storage()) x = x < Real(0.5);
    return kept;
}

Array in_blocks(G g) {  // of 64 x 64, half of them and those on the diagonal, by the number drawn for their first pair
    const Array& drawn = g[3].value();
    Array kept = drawn;
    const Dim t = g[3].dim(-1), heads = count(drawn) / (t * t);
    for (Dim h = 0, n = 0; h < heads; ++h)
        for (Dim i = 0; i < t; ++i)
            for (Dim j = 0; j < t; ++j, ++n) {
                const Dim first = (h * t + i / 64 * 64) * t + j / 64 * 64;
                kept.data()[n] = i / 64 == j / 64 || drawn.data()[first] < Real(0.5);
            }
    return kept;
}

Ints documents_of(G g) {  // of 20 to 90 positions, one after the other; rows.py cuts them in the same way
    Ints ids = Ints::from_shape({g[0].dim(0), g[0].dim(2)});
    for (Dim b = 0; b < g[0].dim(0); ++b)
        for (Dim t = 0, id = 0, left = 0; t < g[0].dim(2); ++t, --left) {
            if (left == 0) ++id, left = 20 + (37 * b + 53 * id) % 71;
            ids(b, t) = id;
        }
    return ids;
}

bool grows_apart(Dim, Dim h, Dim i, Dim j) { return j <= i && (i - j) % (h + 2) != 1; }

}  // namespace

std::vector<OpRow> mask_rows() {
    const auto q = [](Dim t, Dim d) { return normal_in({Shape{4, 8, t, d}, {4, 8, t, d}, {4, 8, t, d}}); };
    const auto pairs = [](Dim t) { return within(0, 1, {Shape{4, 8, t, t}, {4, 8, t, t}, {4, 8, t, t}}).fixed(); };
    const Operand x = q(256, 64), odd = q(301, 72);
    // clang-format off
    return {
        {"attention/no mask", {x, x, x}, masked_attention},
        {"attention/keep", {x, x, x, pairs(256)}, masked_attention, [](G g) { return keep(at_random(g)); }},
        {"attention/keep, odd sizes", {odd, odd, odd, pairs(301)}, masked_attention, [](G g) { return keep(at_random(g)); }},
        {"attention/keep in blocks", {x, x, x, pairs(256)}, masked_attention, [](G g) { return keep(in_blocks(g)); }},
        {"attention/documents", {x, x, x}, masked_attention, [](G g) { return documents(documents_of(g)); }},
        {"attention/predicate", {x, x, x}, masked_attention, [](G) { return predicate(grows_apart); }},
    };
    // clang-format on
}

}  // namespace heed::bench
