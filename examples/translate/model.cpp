// The two models behind one interface, with their table of pieces and their flags.
#include <cmath>
#include <heed/examples/models/kinds.hpp>
#include <heed/examples/translate/model.hpp>

namespace heed::translate {

void ModelOptions::declare(training::Settings& s) {
    s.add("model", kind, "a Transformer, or GRUs with additive attention")
        .one_of({"transformer", "gru"})
        .formerly("kind");
    EncoderDecoder::Options::declare(s, " (transformer)");
}

// The rows of the table start small, so that the first logits are small. Embeddings are scaled up, so that they weigh
// as much as what the layers add (Vaswani et al., 2017, section 3.4).
Model::Model(nn::Params p, const ModelOptions& o)
    : table_(p.make("table", {o.vocabulary, o.width}, nn::init::normal(1 / std::sqrt(static_cast<double>(o.width))))),
      scale_(std::sqrt(static_cast<double>(o.width))), drop_source_(p / "drop_source", o.dropout),
      drop_previous_(p / "drop_previous", o.dropout), kind_(models::of_kind<Recurrent, EncoderDecoder>(o.kind, p, o)) {}

Var Model::embed(const Ints& ids) const { return take_rows(table_, ids) * scale_; }
Var Model::logits(In x) const { return linear(x, transpose(table_)); }

Var Model::states(const Ints& source, const Ints& lengths, const Ints& previous) const {
    return std::visit(
        [&](const auto& model) {
            return model.decode(model.start(drop_source_(embed(source)), lengths), drop_previous_(embed(previous)));
        },
        kind_);
}

Var Model::operator()(const Ints& source, const Ints& lengths, const Ints& previous) const {
    return logits(states(source, lengths, previous));
}

Var Model::loss(const text::PairBatch& batch, double smoothing) const {
    const Var all = states(batch.source, batch.lengths, batch.previous);
    const Var predicting = take_rows(reshape(all, {-1, all.dim(2)}), batch.positions);  // no logits for the padding
    return linear_cross_entropy(predicting, table_, batch.wanted, {.smoothing = smoothing});
}

Model::State Model::start(const Ints& source, const Ints& lengths) const {
    return std::visit([&](const auto& model) { return State(model.start(embed(source), lengths)); }, kind_);
}

Var Model::next(State& state, const Ints& previous) const {
    const Var x = std::visit(
        [&]<class Kind>(const Kind& model) {
            return model.next(state.template as<typename Kind::State>(), embed(previous));
        },
        kind_);
    return log_softmax(logits(x));
}

}  // namespace heed::translate
