#pragma once
// One of each layer that PyTorch has, too, as in tests/files/pytorch_layers.safetensors (tools/make_reference, class
// Layers).
#include <string>
#include <utility>
#include <vector>
#include <heed/heed.hpp>
#include <heed/tests/tools.hpp>

namespace heed::test {

inline const std::string pytorch_layers = std::string(HEED_SOURCE_DIR) + "/tests/files/pytorch_layers";

struct HEED_ABI Layers {
    nn::Linear linear, unbiased;
    nn::Embedding embed;
    nn::EmbeddingBag bag;
    nn::LayerNorm layer_norm;
    nn::RMSNorm rms_norm;
    nn::GroupNorm group_norm;
    nn::BatchNorm batch_norm;
    nn::Conv1d conv1, depthwise, groups1;
    nn::Conv2d conv2, groups2;
    nn::ConvTranspose1d transposed1;
    nn::ConvTranspose2d transposed2;
    nn::GRU gru, gru_both, gru_deep;
    nn::LSTM lstm, lstm_both, lstm_deep;
    nn::GRUCell gru_cell;
    nn::LSTMCell lstm_cell;
    nn::MultiHeadAttention attend, attend_unbiased, attend_wide, attend_wide_unbiased;
    nn::TransformerEncoder encoder, encoder_first;
    nn::TransformerDecoder decoder, decoder_first;

    explicit Layers(const nn::Params& p)
        : linear(p / "linear", 4, 4), unbiased(nn::Linear::without_bias(p / "unbiased", 4, 4)),
          embed(p / "embed", 4, 4), bag(p / "bag", 4, 4), layer_norm(p / "layer_norm", 4), rms_norm(p / "rms_norm", 4),
          group_norm(p / "group_norm", 2, 4), batch_norm(p / "batch_norm", 4), conv1(p / "conv1", 4, 3, 3),
          depthwise(p / "depthwise", 3, 3, 3, {.groups = 3}), groups1(p / "groups1", 4, 4, 2, {.groups = 2}),
          conv2(p / "conv2", 3, 3, 3), groups2(p / "groups2", 4, 4, {2, 3}, {.groups = 2}),
          transposed1(p / "transposed1", 4, 4, 4, {.stride = 2, .padding = 1, .groups = 2}),
          transposed2(p / "transposed2", 3, 3, 3, {.stride = 2, .output_padding = {0, 1}}), gru(p / "gru", 3, 3),
          gru_both(p / "gru_both", 4, 2, {.bidirectional = true}), gru_deep(p / "gru_deep", 3, 3, {.layers = 3}),
          lstm(p / "lstm", 3, 3), lstm_both(p / "lstm_both", 4, 2, {.bidirectional = true}),
          lstm_deep(p / "lstm_deep", 4, 2, {.layers = 2, .bidirectional = true}), gru_cell(p / "gru_cell", 3, 3),
          lstm_cell(p / "lstm_cell", 3, 3), attend(p / "attend", 4, 2),
          attend_unbiased(p / "attend_unbiased", 4, 2, {.bias = false}),
          attend_wide(p / "attend_wide", 4, 2, {.memory_width = 6}),
          attend_wide_unbiased(p / "attend_wide_unbiased", 4, 2, {.memory_width = 6, .bias = false}),
          encoder(p / "encoder", 2, 4, 2, options(false)), encoder_first(p / "encoder_first", 2, 4, 2, options(true)),
          decoder(p / "decoder", 2, 4, 2, options(false)), decoder_first(p / "decoder_first", 2, 4, 2, options(true)) {}

    static nn::TransformerOptions options(bool norm_first) {
        return {.hidden = 4,
                .norm_first = norm_first,
                .activation = norm_first ? nn::Activation::gelu : nn::Activation::relu};
    }

    std::vector<std::pair<const char*, Var>> outputs(const Var& x) const {
        const auto first = [&](Dim width) { return slice(x, -1, 0, width); };
        const auto at = [&](Dim t) { return pick(first(3), 1, t); };
        const auto image = [&](Dim channels) { return unsqueeze(first(channels), 2) * array_of({3, 1}, {1, -0.5, 2}); };
        const Var x3 = first(3), x4 = first(4), memory = slice(x, -1, 2, 6);
        Ints ids = Ints::from_shape({2, 2});
        ids(0, 0) = 3, ids(0, 1) = 0, ids(1, 0) = 1, ids(1, 1) = 2;
        return {{"linear", linear(x4)},
                {"unbiased", unbiased(x4)},
                {"embed", embed(ids)},
                {"bag", bag(ids)},
                {"layer_norm", layer_norm(x4)},
                {"rms_norm", rms_norm(x4)},
                {"group_norm", group_norm(x4)},
                {"batch_norm", batch_norm(x4)},
                {"conv1", conv1(x4)},
                {"depthwise", depthwise(x3)},
                {"groups1", groups1(x4)},
                {"conv2", conv2(image(3))},
                {"groups2", groups2(image(4))},
                {"transposed1", transposed1(x4)},
                {"transposed2", transposed2(image(3))},
                {"gru", gru(x3).outputs},
                {"gru_both", gru_both(x4).outputs},
                {"gru_deep", gru_deep(x3).outputs},
                {"lstm", lstm(x3).outputs},
                {"lstm_both", lstm_both(x4).outputs},
                {"lstm_deep", lstm_deep(x4).outputs},
                {"gru_cell", gru_cell(at(0), at(1))},
                {"lstm_cell", lstm_cell(at(0), {at(1), at(2)}).h},
                {"attend", attend(x4)},
                {"attend_unbiased", attend_unbiased(x4)},
                {"attend_wide", attend_wide(x4, attend_wide.remember(x))},
                {"attend_wide_unbiased", attend_wide_unbiased(x4, attend_wide_unbiased.remember(x))},
                {"encoder", encoder(x4)},
                {"encoder_first", encoder_first(x4)},
                {"decoder", decoder(x4, decoder.remember(memory))},
                {"decoder_first", decoder_first(x4, decoder_first.remember(memory))}};
    }
};

}  // namespace heed::test
