#include <heed/nn/data/rows.hpp>
#include <heed/examples/pronounce/model.hpp>

namespace heed::pronounce {
namespace {

constexpr Dim most_places = 1024;  // a dictionary's words have at most 128 letters

nn::TransformerOptions options_of(const ModelOptions& o) { return {.dropout = o.dropout}; }

}  // namespace

Transformer::Transformer(const nn::Params& p, const ModelOptions& o)
    : letter_(p / "letter", o.letter_count(), o.width),
      phone_(p / "phone", o.phone_count(), o.width),
      place_(most_places, o.width),
      drop_letter_(p / "drop_letter", o.dropout),
      drop_phone_(p / "drop_phone", o.dropout),
      encoder_(p / "encoder", o.layers, o.width, o.heads, options_of(o)),
      decoder_(p / "decoder", o.layers, o.width, o.heads, options_of(o)),
      out_(p / "out", o.width, o.phone_count()) {}

Transformer::State Transformer::start(const Ints& source, const Ints& lengths) const {
    const Mask mask = heed::lengths(lengths);
    return {lengths, decoder_.remember(encoder_(drop_letter_(place_(letter_(source))), mask), mask), {}};
}

Var Transformer::say(const State& state, const Ints& previous, std::vector<Var>* weights) const {
    std::vector<Var> looked;
    const Var y = decoder_(drop_phone_(place_(phone_(previous))), state.memory, causal(), weights ? &looked : nullptr);
    if (weights) {
        const Var last = mean(looked.back(), 1);  // (n, t, s)
        for (Dim t = 0; t < last.dim(1); ++t) weights->push_back(pick(last, 1, t));
    }
    return out_(y);
}

Var Transformer::next(State& state, const Ints& previous) const {
    const Var phone = place_(unsqueeze(phone_(previous), 1), state.said.next());
    return out_(squeeze(decoder_(phone, state.memory, state.said), 1));
}

void Transformer::State::reorder(const Ints& rows) {
    lengths = data::rows_of(lengths, rows);
    for (nn::AttentionMemory& layer : memory) layer = {take(layer.keys, rows, 0), take(layer.values, rows, 0), heed::lengths(lengths)};
    said.reorder(rows);
}

}  // namespace heed::pronounce
