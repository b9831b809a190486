// The encoder, and the flags of a model.
#include <algorithm>
#include <heed/examples/frames/encoder.hpp>
#include <heed/examples/frames/task.hpp>

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

void ModelOptions::declare(training::Settings& s) {
    using namespace program;
    s.add("task", task, "one digit a clip, strings of 3 to 7 digits of one voice, or the letters of prompts")
        .one_of({"digits", "strings", "prompts"});
    s.add("decoder", decoder,
          "of strings and prompts: CTC (unless given), or a recurrent network with location-aware attention")
        .one_of({"label", "ctc", "attention"});
    s.add("ctc_share", ctc_share, "of the loss, beside an attention decoder").within(0, 1);
    constexpr double all_of_it = 1e30;
    s.add("range", range, "nats below the loudest energy of a clip: quieter energies are clamped to that")
        .above(0)
        .added_later(all_of_it);
    s.add("mel_bands", bands, "bands of the mel scale").within(1, most_width);
    s.add("channels", channels, "of the convolutions").within(1, most_width);
    declare_stack(s, "dim", dim, "width of the states", layers, "of the encoder", heads);
    s.add("hidden", hidden, "width inside a layer").within(1, most_width);
    declare_dropout(s, dropout);
}

Dim ModelOptions::label_count() const { return labels ? labels : static_cast<Dim>(task_of(task).symbols.size()); }

Encoder::Encoder(nn::Params p, const ModelOptions& o)
    : first(p / "first", 1, o.channels, 3, {.stride = 2, .padding = 1}),
      second(p / "second", o.channels, o.channels, 3, {.stride = 2, .padding = 1}),
      join(p / "join", halved(halved(o.bands)) * o.channels, o.dim), drop(p / "drop", o.dropout),
      layers(p / "layers", o.layers, o.dim, o.heads,
             {.hidden = o.hidden, .dropout = o.dropout, .rotary = RotaryOptions{}}) {}

Encoded Encoder::operator()(In features, const Ints& lengths) const {
    const Encoded half{gelu(first(unsqueeze(features, -1))), halved(lengths)};
    const Var masked = half.states * unsqueeze(half.alive(), -1);  // zeros after the end of each clip
    const Var x = gelu(second(masked));
    const Ints steps = halved(half.steps);
    return {layers(drop(join(reshape(x, {x.dim(0), x.dim(1), -1}))), heed::lengths(steps)), steps};
}

}  // namespace heed::frames
