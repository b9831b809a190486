#include <algorithm>
#include <heed/examples/frames/encoder.hpp>

namespace heed::frames {
namespace {

Dim halved(Dim n) { return (n + 1) / 2; }
Ints halved(Ints lengths) {
    for (Dim i = 0; i < count(lengths); ++i) lengths.data()[i] = halved(lengths(i));
    return lengths;
}

}  // namespace

Array Encoded::alive() const {
    Array alive = filled({states.dim(0), states.dim(1), 1}, 0);
    for (Dim i = 0; i < states.dim(0); ++i) std::fill_n(alive.data() + i * states.dim(1), steps(i), Real{1});
    return alive;
}

Encoder::Encoder(nn::Params p, const ModelOptions& o)
    : first(p / "first", 1, o.channels, 3, {.stride = 2, .padding = 1}),
      second(p / "second", o.channels, o.channels, 3, {.stride = 2, .padding = 1}),
      join(p / "join", halved(halved(o.bands)) * o.channels, o.dim),
      drop(p / "drop", o.dropout),
      layers(p / "layers", o.layers, o.dim, o.heads, {.hidden = o.hidden, .dropout = o.dropout, .rotary = RotaryOptions{}}) {}

Encoded Encoder::operator()(In features, const Ints& lengths) const {
    const Encoded half{gelu(first(unsqueeze(features, -1))), halved(lengths)};
    const Var still = half.states * unsqueeze(half.alive(), -1);  // as if zeros stood behind each clip
    const Var x = gelu(second(still));
    const Ints steps = halved(half.steps);
    return {layers(drop(join(reshape(x, {x.dim(0), x.dim(1), -1}))), heed::lengths(steps)), steps};
}

}  // namespace heed::frames
