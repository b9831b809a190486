// Attention with a state (linear attention, location-aware attention) beside PyTorch.
#include <heed/nn/layers/location.hpp>
#include <heed/ops/attention/linear_attention.hpp>
#include <heed/tests/both/reference/reference.hpp>

// clang-format off

namespace heed::reference {
namespace {

using namespace nn;
using G = const Given&;

// One step for each query of in[0] (b, step, d). Returns all contexts, all alignments, and the penalties from the
// second step on.
Outputs location(G in, const LocationOptions& options, const Mask& mask) {
    const Var queries = in[0], memory = in[1];
    LocationAttention layer(Params(), queries.dim(2), memory.dim(2), in[2].dim(1), options);
    std::size_t next = 2;
    for (Var* part : {&layer.attend.query.weight, &layer.attend.query.bias, &layer.attend.key.weight, &layer.attend.w}) *part = in[next++];
    if (layer.filter) layer.filter->weight = in[next++], layer.located->weight = in[next++];
    if (layer.covered) layer.covered->weight = in[next++];
    const AttentionMemory known = layer.remember(memory, mask);
    AlignmentState state = layer.start(known);
    std::vector<Var> contexts, alignments, penalties;
    for (Dim step = 0; step < queries.dim(1); ++step) {
        const Var before = state.covered;
        contexts.push_back(layer(pick(queries, 1, step), known, state));
        alignments.push_back(state.previous);
        if (step > 0) penalties.push_back(coverage_loss(state.previous, before));
    }
    return {stack(contexts, 1), stack(alignments, 1), stack(penalties, 1)};
}

const Table table("carried", {
    {"linear_attention", {"causal"}, [](G in) { return linear_attention(in[0], in[1], in[2], {.chunk = 3}); }},
    {"linear_attention", {"all keys"}, [](G in) { return linear_attention(in[0], in[1], in[2], {.causal = false}); }},
    {"LocationAttention", {"location"}, [](G in) { return location(in, {.filters = 4, .width = 3}, {}); }},
    {"LocationAttention", {"coverage, lengths"}, [](G in) { return location(in, {.filters = 0, .coverage = true}, lengths({4, 6})); }},
    {"LocationAttention", {"both, lengths"}, [](G in) { return location(in, {.filters = 4, .width = 3, .coverage = true}, lengths({6, 3})); }},
});

}  // namespace
}  // namespace heed::reference
