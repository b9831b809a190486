// Layers beside PyTorch's, with the parameters of the file in place of their own.
#include <tuple>
#include <utility>
#include <heed/nn/layers/attention.hpp>
#include <heed/nn/layers/batch_norm.hpp>
#include <heed/nn/layers/positions.hpp>
#include <heed/nn/layers/recurrent.hpp>
#include <heed/tests/both/reference/reference.hpp>

// clang-format off

namespace heed::reference {
namespace {

using namespace nn;
using G = const Given&;

Linear linear_layer(const Var& weight, const Var& bias) {
    Linear layer(Params(), 1, 1);
    layer.weight = weight;
    layer.bias = bias;
    return layer;
}

// Its parameters are operands k to k + 3.
template <class Cell>
Cell cell(G in, std::size_t k) {
    Cell layer(Params(), 1, 1);
    layer.input = linear_layer(in[k], in[k + 1]);
    layer.hidden = linear_layer(in[k + 2], in[k + 3]);
    return layer;
}

template <class Layer>
Layer recurrent(G in, bool bidirectional) {
    Layer layer(Params(), 1, 1, {.bidirectional = bidirectional});
    layer.forward = cell<decltype(layer.forward)>(in, 1);
    if (bidirectional) layer.backward.front() = cell<decltype(layer.forward)>(in, 5);
    return layer;
}

// Two layers, whose cells are operands 1 to 4, and so on, layer by layer; then the first states of each layer, if any.
template <class Layer>
Layer stacked(G in, bool bidirectional) {
    using Cell = decltype(Layer::forward);
    Layer layer(Params(), 1, 1, {.layers = 2, .bidirectional = bidirectional});
    std::size_t k = 1;
    const auto next = [&] { return cell<Cell>(in, std::exchange(k, k + 4)); };
    layer.forward = next();
    if (bidirectional) layer.backward.front() = next();
    layer.above.front().forward = next();
    if (bidirectional) layer.above.front().backward.front() = next();
    return layer;
}
Outputs all_states(const GRU::Result& result) {
    return {result.outputs, result.states.layers[0], result.states.layers[1]};
}
Outputs all_states(const LSTM::Result& result) {
    const auto& [first, second] = std::tie(result.states.layers[0], result.states.layers[1]);
    return {result.outputs, first.h, second.h, first.c, second.c};
}

Outputs all(const GRU::Result& result) { return {result.outputs, result.last}; }
Outputs all(const LSTM::Result& result) { return {result.outputs, result.last.h, result.last.c}; }

Outputs additive(G in, const Mask& mask) {
    AdditiveAttention layer(Params(), 1, 1, 1);
    layer.query = linear_layer(in[2], in[3]);
    layer.key = linear_layer(in[4], Var());
    layer.w = in[5];
    Var weights;
    const Var context = layer(in[0], layer.remember(in[1], mask), &weights);
    return {context, weights};
}

Outputs batch_norm_layer(G in, const BatchNormOptions& options = {}) {
    BatchNorm layer(Params(), in[1].dim(0), options);
    layer.gain = in[1];
    layer.bias = in[2];
    layer.running_mean.mutable_value() = in[3].value();
    layer.running_var.mutable_value() = in[4].value();
    const Var y = layer(in[0]);
    return {y, layer.running_mean, layer.running_var};
}

const Table table("layers", {
    {"Linear", {"sequence"}, [](G in) { return linear_layer(in[1], in[2])(in[0]); }},
    {"Linear", {"without bias"}, [](G in) { return linear_layer(in[1], Var())(in[0]); }},
    {"Embedding", {"ids"}, [](G in) {
        Embedding layer(Params(), 1, 1);
        layer.table = in[0];
        return layer(in.ints(1));
    }},
    {"Embedding", {"padding"}, [](G in) {
        Embedding layer(Params(), 6, 3, {.padding = 2});
        layer.table = in[0];
        return layer(in.ints(1));
    }},
    {"EmbeddingBag", {"padding"}, [](G in) {
        EmbeddingBag layer(Params(), 6, 3, BagMode::mean, {.padding = -4});
        layer.table = in[0];
        return layer(in.ints(1));
    }},
    {"EmbeddingBag", {"weights"}, [](G in) {
        EmbeddingBag layer(Params(), 6, 3, BagMode::sum);
        layer.table = in[0];
        return layer(in.ints(1), in.ints(2), in[3]);
    }},
    {"timestep_embedding", {"default"}, [](G in) { return timestep_embedding(in.ints(0), 8); }},
    {"timestep_embedding", {"odd, cosines first"}, [](G in) {
        return timestep_embedding(in[0], 7, {.base = 1000, .shift = 0, .cosine_first = true});
    }},
    {"LayerNorm", {"default"}, [](G in) {
        LayerNorm layer(Params(), 1);
        layer.gain = in[1];
        layer.bias = in[2];
        return layer(in[0]);
    }},
    {"RMSNorm", {"default"}, [](G in) {
        RMSNorm layer(Params(), 1);
        layer.gain = in[1];
        return layer(in[0]);
    }},
    {"BatchNorm", {"sequence"}, [](G in) { return batch_norm_layer(in); }},
    {"BatchNorm", {"images"}, [](G in) { return batch_norm_layer(in, {.momentum = 0.3}); }},
    {"BatchNorm", {"examples"}, [](G in) { return batch_norm_layer(in, {.epsilon = 0.1}); }},
    {"BatchNorm", {"running averages"}, [](G in) {
        const Inference inference;
        return batch_norm_layer(in);
    }},
    {"GRUCell", {"step"}, [](G in) { return cell<GRUCell>(in, 2)(in[0], in[1]); }},
    {"GRU", {"one direction"}, [](G in) { return all(recurrent<GRU>(in, false)(in[0])); }},
    {"GRU", {"one direction, lengths"}, [](G in) { return all(recurrent<GRU>(in, false)(in[0], {2, 5, 1})); }},
    {"GRU", {"both directions"}, [](G in) { return all(recurrent<GRU>(in, true)(in[0])); }},
    {"GRU", {"both directions, lengths"}, [](G in) { return all(recurrent<GRU>(in, true)(in[0], {3, 1, 4})); }},
    {"GRU", {"two layers"}, [](G in) { return all_states(stacked<GRU>(in, false)(in[0])); }},
    {"GRU", {"two layers, first states"}, [](G in) { return all_states(stacked<GRU>(in, false)(in[0], GRU::States{{in[9], in[10]}})); }},
    {"GRU", {"two layers, both directions, lengths, first states"}, [](G in) {
        return all_states(stacked<GRU>(in, true)(in[0], {3, 1, 4}, {{in[17], in[18]}}));
    }},
    {"LSTM", {"two layers"}, [](G in) { return all_states(stacked<LSTM>(in, false)(in[0])); }},
    {"LSTM", {"two layers, first states"}, [](G in) {
        return all_states(stacked<LSTM>(in, false)(in[0], LSTM::States{{{in[9], in[11]}, {in[10], in[12]}}}));
    }},
    {"LSTM", {"two layers, both directions, lengths, first states"}, [](G in) {
        return all_states(stacked<LSTM>(in, true)(in[0], {3, 1, 4}, {{{in[17], in[19]}, {in[18], in[20]}}}));
    }},
    {"LSTMCell", {"step"}, [](G in) {
        const LSTMState next = cell<LSTMCell>(in, 3)(in[0], {in[1], in[2]});
        return Outputs{next.h, next.c};
    }},
    {"LSTM", {"one direction"}, [](G in) { return all(recurrent<LSTM>(in, false)(in[0])); }},
    {"LSTM", {"one direction, lengths"}, [](G in) { return all(recurrent<LSTM>(in, false)(in[0], {2, 5, 1})); }},
    {"LSTM", {"both directions"}, [](G in) { return all(recurrent<LSTM>(in, true)(in[0])); }},
    {"LSTM", {"both directions, lengths"}, [](G in) { return all(recurrent<LSTM>(in, true)(in[0], {3, 1, 4})); }},
    {"AdditiveAttention", {"lengths"}, [](G in) { return additive(in, lengths({4, 2})); }},
    {"AdditiveAttention", {"one query"}, [](G in) { return additive(in, {}); }},
});

}  // namespace
}  // namespace heed::reference
