// Image classification by a vision transformer with a class token.
#include <heed/bench/training.hpp>
#include <heed/nn/layers/transformer.hpp>

namespace heed::bench {
namespace {

constexpr Dim batch = 128, side = 28, patch = 4, rows = side / patch, patches = rows * rows, width = 128, heads = 4, layers = 6;

// The last norm is applied to the class token alone, so the layers are held here and not in a TransformerEncoder.
struct Vit {
    nn::Linear embed;
    Var cls, pos;
    std::vector<nn::TransformerEncoderLayer> stack;
    nn::LayerNorm norm;
    nn::Linear head;
    explicit Vit(const nn::Params& p)
        : embed(p / "patch", patch * patch, width),
          cls(p.make("cls", {1, 1, width}, nn::init::constant(0))),
          pos(p.make("pos", {1, 1 + patches, width}, nn::init::normal(0.02))),
          norm(p / "norm", width),
          head(p / "head", width, 10) {
        for (Dim i = 0; i < layers; ++i) stack.emplace_back(p / "layers" / i, width, heads, nn::TransformerOptions{.hidden = 256});
    }

    Var infer(const Batch& b) const {  // values: images (b, side, side)
        const Var cut = permute(reshape(b.values[0], {-1, rows, patch, rows, patch}), {0, 1, 3, 2, 4});
        const Var tokens = embed(reshape(cut, {-1, patches, patch * patch}));
        Var x = concat({expand(cls, {tokens.dim(0), 1, width}), tokens}, 1) + pos;
        for (const nn::TransformerEncoderLayer& layer : stack) x = layer(x);
        return head(norm(pick(x, 1, 0)));
    }
    Var loss(const Batch& b) const { return cross_entropy(infer(b), b.ids[0]); }
};

}  // namespace

std::vector<Training> vit_small() { return {{"vit_small", {{normal({batch, side, side}, 1)}, {ids({batch}, 10, 2)}}, network_of<Vit>}}; }

}  // namespace heed::bench
