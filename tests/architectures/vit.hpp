#pragma once
// ViT (Dosovitskiy et al., 2021): patches of an image behind a first token that is asked for the class.
#include <heed/nn/layers/conv.hpp>
#include <heed/nn/layers/transformer.hpp>

namespace heed::architectures {

struct HEED_ABI Vit {
    struct Options {  // as in tests/files/huggingface
        Dim side = 8, patch = 4, channels = 3, classes = 5, width = 16, hidden = 24, layers = 2, heads = 2;
        Dim patches() const { return side / patch * (side / patch); }
    };
    nn::Conv2d patches;
    Var first;
    nn::LearnedPositions positions;
    nn::TransformerEncoder stack;
    nn::Linear answer;

    Vit(const nn::Params& p, const Options& o)
        : patches(p / "patches", o.channels, o.width, o.patch, {.stride = o.patch}),
          first(p.make("first", {1, 1, o.width}, nn::init::normal(0.02))),
          positions(p / "positions", 1 + o.patches(), o.width),
          stack(p, o.layers, o.width, o.heads, {.hidden = o.hidden, .epsilon = 1e-12}),
          answer(p / "answer", o.width, o.classes) {}

    Var operator()(In images) const {  // (b, side, side, channels) -> (b, classes)
        const Var x = patches(images);
        const Dim b = x.dim(0), width = x.dim(3);
        const Var tokens = concat({expand(first, {b, 1, width}), reshape(x, {b, -1, width})}, 1);
        return answer(pick(stack(positions(tokens)), 1, 0));
    }
};

}  // namespace heed::architectures
