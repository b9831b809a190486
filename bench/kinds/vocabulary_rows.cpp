// Rows of the last product of a language model and its loss: by a tied table, and by a linear layer with a bias.
#include <heed/bench/ops/row.hpp>

namespace heed::bench {
namespace {

Operand sized(const Shape& shape, double most) { return within(-most, most, {shape, shape, shape}); }
Operand states(const Shape& shape) { return normal_in({shape, shape, shape}); }
Operand words(Dim count, const Shape& shape) { return ids_below({count, count, count}, {shape, shape, shape}); }

}  // namespace

std::vector<OpRow> vocabulary_rows() {
    return {{"loss/tied 50257",
             {states({4, 64, 768}), sized({50'257, 768}, 0.05), words(50'257, {4, 64})},
             [](G g) { return linear_cross_entropy(g[0], g[1], g.ids[0]); }},
            {"loss/vocabulary 10000 with bias",
             {states({8, 64, 512}), sized({512, 10'000}, 0.05), sized({10'000}, 0.05), words(10'000, {8, 64})},
             [](G g) { return cross_entropy(linear(g[0], g[1], g[2]), g.ids[0]); }},
            {"loss/vocabulary 10000 with bias, fused",
             {states({8, 64, 512}), sized({512, 10'000}, 0.05), sized({10'000}, 0.05), words(10'000, {8, 64})},
             [](G g) { return linear_cross_entropy(g[0], g[1], g[2], g.ids[0]); }}};
}

}  // namespace heed::bench
