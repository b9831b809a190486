#include <heed/examples/frames/model.hpp>

namespace heed::frames {

Model::Model(nn::Params p, const ModelOptions& o)
    : options(o),
      first(p / "first", o.bands, o.dim, 5, {.padding = 2}),
      second(p / "second", o.dim, o.dim, 3, {.stride = 2, .padding = 1}),
      positions(o.longest / 2 + 1, o.dim),
      encoder(p / "encoder", o.layers, o.dim, o.heads, {.hidden = o.hidden, .dropout = o.dropout}),
      head(p / "head", o.dim, o.classes) {}

Var Model::operator()(In features, const Ints& frames) const {
    const Dim batch = features.dim(0);
    const auto counts = [&](const Ints& of, Dim steps) {  // 1 where a step is a part of its clip
        Array alive = filled({batch, steps, 1}, 0);
        for (Dim i = 0; i < batch; ++i) std::fill_n(alive.data() + i * steps, of(i), Real{1});
        return alive;
    };
    Ints steps = frames;
    for (Dim i = 0; i < batch; ++i) steps.data()[i] = (frames(i) + 1) / 2;
    const Var x = second(gelu(first(features)) * counts(frames, features.dim(1)));  // as if zeros stood behind each clip
    const Array alive = counts(steps, x.dim(1));
    const Var y = encoder(positions(gelu(x)), lengths(steps));
    return head(sum(y * alive, {1}) / sum(alive, {1}));
}

}  // namespace heed::frames
