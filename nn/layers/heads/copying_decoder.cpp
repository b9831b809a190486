// One step of a copying decoder, and all steps with the targets known.
#include <heed/nn/data/rows.hpp>
#include <heed/nn/layers/heads/copying_decoder.hpp>

namespace heed::nn {

CopyingDecoder::CopyingDecoder(Params p, const CopyingDecoderOptions& o)
    : piece(p / "piece", o.pieces, o.embedding), drop_piece(p / "drop_piece", o.dropout),
      drop_out(p / "drop_out", o.dropout), cell(p / "decoder", o.embedding + o.memory, o.width),
      attend(p / "attend", o.width, o.memory, o.width), before(p / "before", o.width + o.memory, o.width),
      out(p / "out", o.width, o.pieces), pointer(p / "pointer", o.width), copied(o.copied) {}

CopyingDecoder::State CopyingDecoder::start(In memory, const Ints& lengths, const Ints& copies, Dim symbols,
                                            Var h) const {
    return {copies,       lengths,
            symbols,      attend.remember(memory, heed::lengths(lengths)),
            std::move(h), zeros({memory.dim(0), memory.dim(2)})};
}

Var CopyingDecoder::embed(const Ints& pieces) const {
    Ints known = pieces;
    for (Dim i = 0; i < count(known); ++i)
        if (known.data()[i] >= out.bias.dim(0)) known.data()[i] = copied;
    return drop_piece(piece(known));
}

Var CopyingDecoder::step(State& state, In previous, Var* weights) const {
    state.h = cell(concat({previous.var(), state.context}), state.h);
    state.context = attend(state.h, state.memory, weights);
    return drop_out(tanh(before(concat({state.h, state.context}))));
}

Var CopyingDecoder::operator()(State state, const Ints& previous, const Ints& targets) const {
    const Var pieces = embed(previous);
    std::vector<Var> outs, weights;
    for (Dim t = 0; t < pieces.dim(1); ++t) outs.push_back(step(state, pick(pieces, 1, t), &weights.emplace_back()));
    const Var x = stack(outs, 1);
    return pointer.of_targets(x, out(x), stack(weights, 1), state.copies, targets);
}

Var CopyingDecoder::next(State& state, const Ints& previous) const {
    Var weights;
    const Var x = step(state, embed(previous), &weights);
    return pointer(x, out(x), weights, state.copies, state.symbols);
}

void CopyingDecoder::State::reorder(const Ints& rows) {
    copies = data::rows_of(copies, rows);
    lengths = data::rows_of(lengths, rows);
    memory = {take(memory.keys, rows, 0), take(memory.values, rows, 0), heed::lengths(lengths)};
    h = take(h, rows, 0);
    context = take(context, rows, 0);
}

}  // namespace heed::nn
