// Attention layers and Transformers beside PyTorch's.
#include <heed/nn/layers/positions.hpp>
#include <heed/nn/layers/transformer.hpp>
#include <heed/tests/both/reference/reference.hpp>

// clang-format off

namespace heed::reference {
namespace {

using namespace nn;
using G = const Given&;

// Puts the operands from `next` on in place of layers' parameters, in the order of the file.
struct Parameters {
    G in;
    std::size_t next;
    void fill(Linear& layer) {
        layer.weight = in[next++];
        if (layer.bias.defined()) layer.bias = in[next++];
    }
    void fill(Norm& layer) {
        layer.gain = in[next++];
        if (layer.bias.defined()) layer.bias = in[next++];
    }
    void fill(MultiHeadAttention& layer) {
        for (Linear* part : {&layer.query, &layer.key, &layer.value, &layer.out}) fill(*part);
    }
    void fill(FeedForward& layer) {
        fill(layer.up);
        fill(layer.down);
    }
};

MultiHeadAttention multi_head(G in, std::size_t first, Dim dim, Dim heads) {
    MultiHeadAttention layer(Params(), dim, heads, {.memory_width = in[first + 2].dim(0)});
    Parameters{in, first}.fill(layer);
    return layer;
}

Outputs self(G in, Dim heads, const Mask& mask) {
    Var weights;
    const Var y = multi_head(in, 1, 6, heads)(in[0], mask, &weights);
    return {y, weights};
}

Outputs cross(G in) {
    const MultiHeadAttention layer = multi_head(in, 2, 4, 2);
    Var weights;
    const Var y = layer(in[0], layer.remember(in[1], lengths({5, 3})), &weights);
    return {y, weights};
}

Var dot_product(G in, const DotProductOptions& options, const Mask& mask) {
    DotProductAttention layer(Params(), in[0].dim(-1), in[1].dim(-1), options);
    if (layer.key) layer.key->weight = in[2];
    return layer(in[0], layer.remember(in[1], mask));
}

Var encoder(G in, const TransformerOptions& options, const Mask& mask) {
    TransformerEncoderLayer layer(Params(), 4, 2, options);
    Parameters given{in, 1};
    given.fill(layer.attend);
    given.fill(layer.feed);
    given.fill(layer.norm1);
    given.fill(layer.norm2);
    return layer(in[0], mask);
}

Var decoder(G in, bool norm_first) {
    TransformerDecoderLayer layer(Params(), 4, 2, {.hidden = 6, .norm_first = norm_first});
    Parameters given{in, 2};
    given.fill(layer.attend);
    given.fill(layer.cross);
    given.fill(layer.feed);
    for (Norm* norm : {&layer.norm1, &layer.norm2, &layer.norm3}) given.fill(*norm);
    return layer(in[0], layer.remember(in[1], lengths({2, 4})));
}

const Table table("attention", {
    {"MultiHeadAttention", {"self"}, [](G in) { return self(in, 3, {}); }},
    {"MultiHeadAttention", {"one head"}, [](G in) { return self(in, 1, {}); }},
    {"MultiHeadAttention", {"causal, lengths"}, [](G in) { return self(in, 2, causal() & lengths({4, 2})); }},
    {"MultiHeadAttention", {"cross, lengths"}, [](G in) { return cross(in); }},
    {"DotProductAttention", {"scaled"}, [](G in) { return dot_product(in, {}, {}); }},
    {"DotProductAttention", {"not scaled, lengths"}, [](G in) { return dot_product(in, {.scaled = false}, lengths({5, 2})); }},
    {"DotProductAttention", {"general, one query"}, [](G in) { return dot_product(in, {.general = true}, {}); }},
    {"TransformerEncoderLayer", {"pre-norm"}, [](G in) { return encoder(in, {.hidden = 6}, {}); }},
    {"TransformerEncoderLayer", {"without biases"}, [](G in) { return encoder(in, {.hidden = 6, .bias = false}, {}); }},
    {"TransformerEncoderLayer", {"post-norm, relu, lengths"}, [](G in) {
        return encoder(in, {.hidden = 6, .norm_first = false, .activation = Activation::relu}, lengths({3, 1}));
    }},
    {"TransformerDecoderLayer", {"pre-norm"}, [](G in) { return decoder(in, true); }},
    {"TransformerDecoderLayer", {"post-norm"}, [](G in) { return decoder(in, false); }},
    {"SinusoidalPositions", {"added"}, [](G in) { return SinusoidalPositions(9, 6)(in[0], 2); }},
    {"LearnedPositions", {"added"}, [](G in) {
        LearnedPositions layer(Params(), 9, 6);
        layer.table = in[1];
        return layer(in[0], 2);
    }},
    {"rotary", {"interleaved, two heads"}, [](G in) { return rotary(in[0], 2, {.start = 3}); }},
    {"rotary", {"halves"}, [](G in) { return rotary(in[0], 1, {.layout = RotaryLayout::halves, .base = 100}); }},
});

}  // namespace
}  // namespace heed::reference
