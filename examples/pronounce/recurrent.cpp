// The recurrent model: encoder, decoder and its single steps.
#include <heed/examples/pronounce/model.hpp>
#include <heed/nn/data/rows.hpp>

namespace heed::pronounce {

Recurrent::Recurrent(const nn::Params& p, const ModelOptions& o)
    : letter_(p / "letter", o.letter_count(), o.embedding), phone_(p / "phone", o.phone_count(), o.embedding),
      drop_letter_(p / "drop_letter", o.dropout), drop_memory_(p / "drop_memory", o.dropout),
      drop_phone_(p / "drop_phone", o.dropout), drop_head_(p / "drop_head", o.dropout),
      encoder_(p / "encoder", o.embedding, o.width, {.bidirectional = true}), start_(p / "start", 2 * o.width, o.width),
      attend_(p / "attend", o.width, 2 * o.width, o.width),
      from_phone_(p / "from_phone", o.embedding, 3 * o.width, nn::init::fan_in_uniform(o.width)),
      from_context_(nn::Linear::without_bias(p / "from_context", 2 * o.width, 3 * o.width)),
      from_state_(p / "from_state", o.width, 3 * o.width), before_(p / "before", 3 * o.width + o.embedding, o.width),
      out_(p / "out", o.width, o.phone_count()) {}

Recurrent::State Recurrent::start(const Ints& source, const Ints& lengths) const {
    const nn::GRU::Result encoded = encoder_(drop_letter_(letter_(source)), lengths);
    return {lengths, attend_.remember(drop_memory_(encoded.outputs), heed::lengths(lengths)),
            tanh(start_(encoded.last))};
}

// One step of the decoder: attends with the previous state, then computes the new one.
Recurrent::StepResult Recurrent::step(In phone_gates, In h, const nn::AttentionMemory& memory, Var* weights) const {
    const Var context = attend_(h, memory, weights);
    return {context, gru_cell(phone_gates + from_context_(context), from_state_(h), h)};
}

Var Recurrent::logits(In h, In context, In phone) const {
    return out_(drop_head_(tanh(before_(concat({h.var(), context.var(), phone.var()})))));
}

Var Recurrent::decode(State state, const Ints& previous, std::vector<Var>* weights) const {
    const Var phones = drop_phone_(phone_(previous));
    const Var gates = from_phone_(permute(phones, {1, 0, 2}));  // of all steps at once, (t, b, 3 width)
    std::vector<Var> states, contexts;
    for (Dim t = 0; t < phones.dim(1); ++t) {
        Var* const of_step = weights ? &weights->emplace_back() : nullptr;
        const StepResult result = step(pick(gates, 0, t), state.h, state.memory, of_step);
        states.push_back(state.h = result.h);
        contexts.push_back(result.context);
    }
    return logits(stack(states, 1), stack(contexts, 1), phones);
}

Var Recurrent::next(State& state, const Ints& previous) const {
    const Var phone = phone_(previous);
    const StepResult result = step(from_phone_(phone), state.h, state.memory, nullptr);
    state.h = result.h;
    return logits(result.h, result.context, phone);
}

void Recurrent::State::reorder(const Ints& rows) {
    lengths = data::rows_of(lengths, rows);
    memory = {take(memory.keys, rows, 0), take(memory.values, rows, 0), heed::lengths(lengths)};
    h = take(h, rows, 0);
}

}  // namespace heed::pronounce
