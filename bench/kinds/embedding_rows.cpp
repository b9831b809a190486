// Rows of embeddings of a large table, of which each example has some: the loss of a batch, and Adam of all rows or of
// those that were touched.
#include <heed/bench/ops/row.hpp>

namespace heed::bench {
namespace {

// A weighted sum of 4 to 40 rows for each example, and a logistic loss of its product with a vector.
Var bags_loss(G g) {
    const Var bags = embedding_bag(g[0], g.ids[0], {.offsets = g.ids[1], .mode = BagMode::sum, .weights = g[1]});
    return bce_with_logits(squeeze(matmul(bags, unsqueeze(g[2], 1)), 1), g[3]);
}

}  // namespace

std::vector<OpRow> embedding_rows() {
    constexpr std::array<Dim, 3> words{50'000, 50'000, 50'000}, batch{256, 256, 256};
    const Operand ids = ids_in_bags(words, batch);
    const auto sized = [](const Shape& shape, double most) { return within(-most, most, {shape, shape, shape}); };
    const OpRow all{.name = "embeddings/weighted bags",
                    .operands = {sized({50'000, 128}, 0.1), within(0, 1, ids.shapes), sized({128}, 0.1),
                                 within(0, 1, {Shape{256}, {256}, {256}}).fixed(), ids, offsets_of(batch)},
                    .call = bags_loss,
                    .trained = true};
    OpRow touched = all;
    touched.name = "embeddings/weighted bags, lazy";
    touched.lazy = true;
    return {all, touched};
}

}  // namespace heed::bench
