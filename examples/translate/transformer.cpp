// The Transformer model: encoder, decoder and its single steps.
#include <utility>
#include <heed/examples/translate/model.hpp>
#include <heed/nn/data/rows.hpp>

namespace heed::translate {
namespace {

nn::TransformerOptions options_of(const ModelOptions& o) {
    return {.hidden = o.hidden, .dropout = o.dropout, .rotary = RotaryOptions{}};
}

}  // namespace

Transformer::Transformer(const nn::Params& p, const ModelOptions& o)
    : encoder_(p / "encoder", o.layers, o.width, o.heads, options_of(o)),
      decoder_(p / "decoder", o.layers, o.width, o.heads, options_of(o)) {}

Transformer::State Transformer::start(const Var& source, const Ints& lengths) const {
    const Mask mask = heed::lengths(lengths);
    return {arange(count(lengths)), lengths, decoder_.remember(encoder_(source, mask), mask), {}};
}

Var Transformer::decode(const State& state, const Var& previous) const { return decoder_(previous, state.memory); }

Var Transformer::next(State& state, const Var& previous) const {
    return squeeze(decoder_(unsqueeze(previous, 1), state.memory, state.cache), 1);
}

void Transformer::State::reorder(const Ints& rows) {
    cache.reorder(rows);
    const Ints before = std::exchange(sentence, data::rows_of(sentence, rows));
    // If the memory stays the same, it is not copied: it is large.
    if (sentence.shape() == before.shape() && sentence.storage() == before.storage()) return;
    lengths = data::rows_of(lengths, rows);
    for (nn::AttentionMemory& layer : memory)
        layer = {take(layer.keys, rows, 0), take(layer.values, rows, 0), heed::lengths(lengths)};
}

}  // namespace heed::translate
