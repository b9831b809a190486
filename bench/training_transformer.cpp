// Translation by a Transformer with post-norm layers and one shared embedding table.
#include <cmath>
#include <heed/bench/training.hpp>
#include <heed/nn/layers/positions.hpp>
#include <heed/nn/layers/transformer.hpp>

namespace heed::bench {
namespace {

constexpr Dim batch = 128, length = 32, width = 128, heads = 4, layers = 4, symbols = 10000;
const nn::TransformerOptions published{.hidden = 256, .norm_first = false, .activation = nn::Activation::relu};

// Source, target and output share one table.
struct Translator {
    Var table;
    nn::SinusoidalPositions position{length, width};
    nn::TransformerEncoder encoder;
    nn::TransformerDecoder decoder;
    explicit Translator(const nn::Params& p)
        : table(
              (p / "symbol")
                  .make("table", {symbols, width}, nn::init::normal(1 / std::sqrt(double(width))), {.name = "weight"})),
          encoder(p / "encoder", layers, width, heads, published),
          decoder(p / "decoder", layers, width, heads, published) {}

    Var embed(const Ints& text) const { return position(take_rows(table, text) * std::sqrt(double(width))); }
    Var state(const Batch& b) const {  // ids: source, and the target's symbols before each
        return decoder(embed(b.ids[1]), decoder.remember(encoder(embed(b.ids[0]))));
    }
    Var infer(const Batch& b) const { return linear(state(b), transpose(table)); }
    Var loss(const Batch& b) const { return linear_cross_entropy(state(b), table, b.ids[2], {.smoothing = 0.1}); }
};

}  // namespace

std::vector<Training> transformer_tiny() {
    const auto text = [](std::uint64_t stream) { return ids({batch, length}, symbols, stream); };
    return {{"transformer_tiny", {{}, {text(1), text(2), text(3)}}, network_of<Translator>}};
}

}  // namespace heed::bench
