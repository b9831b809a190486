// Rows of ops that read or write at indices, and of those over the rows of segments.
#include <heed/bench/ops/row.hpp>

namespace heed::bench {

std::vector<OpRow> index_rows() {
    const Shapes matrix{Shape{32, 32}, {500, 500}, {2500, 4000}};
    const std::array<Dim, 3> columns{32, 500, 4000}, words{100, 10'000, 50'000}, nodes{500, 10'000, 100'000};
    const Operand x = normal_in(matrix), at = ids_below(columns, matrix);
    const Operand table = normal_in({Shape{100, 16}, {10'000, 64}, {50'000, 128}});
    const Operand tokens = ids_below(words, {Shape{64}, {4096}, {80'000}});
    const std::array<Dim, 3> bags{16, 256, 4096};
    const Operand bagged = ids_in_bags(words, bags), offsets = offsets_of(bags);
    const Operand weights = normal_in(bagged.shapes);
    const Operand some = ids_below(columns, {Shape{32}, {500}, {4000}});
    const Operand edges = normal_in({Shape{2000, 8}, {50'000, 8}, {1'000'000, 8}});
    const Operand ends = ids_below(nodes, {Shape{2000}, {50'000}, {1'000'000}}), n = number(nodes);
    // clang-format off
    return {
        {"take_rows", {table, tokens}, [](G g) { return take_rows(g[0], g.ids[0]); }},
        {"embedding_bag", {table, bagged, offsets},
         [](G g) { return embedding_bag(g[0], g.ids[0], {.offsets = g.ids[1]}); }},
        {"embedding_bag/weights", {table, weights, bagged, offsets},
         [](G g) { return embedding_bag(g[0], g.ids[0], {.offsets = g.ids[1], .mode = BagMode::sum, .weights = g[1]}); }},
        {"take", {x, some}, [](G g) { return take(g[0], g.ids[0], 1); }},
        {"gather", {x, at}, [](G g) { return gather(g[0], g.ids[0], 1); }},
        {"scatter", {x, orders(matrix), x}, [](G g) { return scatter(g[0], g.ids[0], g[1], 1); }},
        {"scatter_add", {x, at, x}, [](G g) { return scatter_add(g[0], g.ids[0], g[1], 1); }},
        {"one_hot", {ids_below({32, 500, 1000}, {Shape{32}, {500}, {10'000}}), number({32, 500, 1000})},
         [](G g) { return one_hot(g.ids[0], g.n); }},
        {"segment_sum", {edges, ends, n}, [](G g) { return segment_sum(g[0], g.ids[0], g.n); }},
        {"segment_mean", {edges, ends, n}, [](G g) { return segment_mean(g[0], g.ids[0], g.n); }},
        {"segment_max", {edges, ends, n}, [](G g) { return segment_max(g[0], g.ids[0], g.n); }},
        {"segment_softmax", {edges, ends, n}, [](G g) { return segment_softmax(g[0], g.ids[0], g.n); }},
    };
    // clang-format on
}

}  // namespace heed::bench
