#pragma once
// A vision transformer: an image is cut into patches, and a class token attends to them (Dosovitskiy et al., 2021).
#include <vector>
#include <heed/heed.hpp>

namespace heed::models {

struct Vit {
    struct Options {
        Dim side, patch, classes;  // images of side x side pixels, cut into patches of patch x patch
        Dim layers = 6, heads = 4, width = 128, hidden = 256;
    };

    Dim rows, patch;  // patches in a row; pixels along the side of one
    nn::Linear embed;
    Var cls, pos;  // the class token, and what tells the positions apart
    std::vector<nn::TransformerEncoderLayer> stack;
    nn::LayerNorm norm;  // of the class token alone, so the layers stand here and not in a TransformerEncoder
    nn::Linear head;

    Vit(const nn::Params& p, const Options& o)
        : rows(o.side / o.patch), patch(o.patch), embed(p / "patch", patch * patch, o.width),
          cls(p.make("cls", {1, 1, o.width}, nn::init::constant(0))),
          pos(p.make("pos", {1, 1 + rows * rows, o.width}, nn::init::normal(0.02))), norm(p / "norm", o.width),
          head(p / "head", o.width, o.classes) {
        const nn::TransformerOptions options{.hidden = o.hidden};
        for (Dim i = 0; i < o.layers; ++i) stack.emplace_back(p / "layers" / i, o.width, o.heads, options);
    }

    Var operator()(In images) const {  // (b, side, side) -> logits (b, classes)
        const Var grid = permute(reshape(images, {-1, rows, patch, rows, patch}), {0, 1, 3, 2, 4});
        const Var tokens = embed(reshape(grid, {-1, rows * rows, patch * patch}));
        Var x = concat({expand(cls, {tokens.dim(0), 1, tokens.dim(2)}), tokens}, 1) + pos;
        for (const nn::TransformerEncoderLayer& layer : stack) x = layer(x);
        return head(norm(pick(x, 1, 0)));
    }
};

}  // namespace heed::models
