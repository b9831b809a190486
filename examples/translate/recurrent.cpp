// The recurrent model: encoder, decoder and its single steps.
#include <utility>
#include <heed/examples/translate/model.hpp>
#include <heed/nn/data/rows.hpp>

namespace heed::translate {

Recurrent::Recurrent(const nn::Params& p, const ModelOptions& o)
    : drop_memory_(p / "drop_memory", o.dropout), drop_out_(p / "drop_out", o.dropout),
      encoder_(p / "encoder", o.width, o.width, {.bidirectional = true}), start_(p / "start", 2 * o.width, o.width),
      attend_(p / "attend", o.width, 2 * o.width, o.width), from_piece_(p / "from_piece", o.width, 3 * o.width),
      from_context_(nn::Linear::without_bias(p / "from_context", 2 * o.width, 3 * o.width)),
      from_state_(p / "from_state", o.width, 3 * o.width), before_(p / "before", 4 * o.width, o.width) {}

Recurrent::State Recurrent::start(const Var& source, const Ints& lengths) const {
    const nn::GRU::Result encoded = encoder_(source, lengths);
    return {arange(count(lengths)), lengths, attend_.remember(drop_memory_(encoded.outputs), heed::lengths(lengths)),
            tanh(start_(encoded.last))};
}

// One step of the decoder: attends with the previous state, then computes the new one.
Var Recurrent::step(State& state, In piece_gates) const {
    const Var context = attend_(state.h, state.memory);
    state.h = gru_cell(piece_gates + from_context_(context), from_state_(state.h), state.h);
    return context;
}

Var Recurrent::before_table(In h, In context, In piece) const {
    return drop_out_(tanh(before_(concat({h.var(), context.var(), piece.var()}))));
}

Var Recurrent::decode(State state, const Var& previous) const {
    const Var gates = from_piece_(permute(previous, {1, 0, 2}));  // of all steps at once, (t, n, 3 width)
    std::vector<Var> states, contexts;
    for (Dim t = 0; t < previous.dim(1); ++t) {
        contexts.push_back(step(state, pick(gates, 0, t)));
        states.push_back(state.h);
    }
    return before_table(stack(states, 1), stack(contexts, 1), previous);
}

Var Recurrent::next(State& state, const Var& previous) const {
    const Var context = step(state, from_piece_(previous));
    return before_table(state.h, context, previous);
}

void Recurrent::State::reorder(const Ints& rows) {
    h = take(h, rows, 0);
    const Ints before = std::exchange(sentence, data::rows_of(sentence, rows));
    // If the memory stays the same, it is not copied: it is large.
    if (sentence.shape() == before.shape() && sentence.storage() == before.storage()) return;
    lengths = data::rows_of(lengths, rows);
    memory = {take(memory.keys, rows, 0), take(memory.values, rows, 0), heed::lengths(lengths)};
}

}  // namespace heed::translate
