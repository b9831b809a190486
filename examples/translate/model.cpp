#include <cmath>
#include <fmt/format.h>
#include <heed/examples/translate/model.hpp>

namespace heed::translate {
namespace {

std::variant<Transformer, Recurrent> made(const nn::Params& p, const ModelOptions& o) {
    require(o.kind == "transformer" || o.kind == "gru", "translate",
            [&] { return fmt::format("there is no model '{}'; expected transformer or gru", o.kind); }, Site::current());
    if (o.kind == "gru") return Recurrent(p, o);
    return Transformer(p, o);
}

}  // namespace

// The rows are small, so that the first logits are, and are read large, so that they weigh as much as what the layers add (Vaswani et al.,
// 2017, section 3.4).
Model::Model(nn::Params p, const ModelOptions& o)
    : table_(p.make("table", {o.vocabulary, o.width}, nn::init::normal(1 / std::sqrt(static_cast<double>(o.width))))),
      scale_(std::sqrt(static_cast<double>(o.width))),
      drop_source_(p / "drop_source", o.dropout),
      drop_previous_(p / "drop_previous", o.dropout),
      kind_(made(p, o)) {}

Var Model::read(const Ints& ids) const { return take_rows(table_, ids) * scale_; }
Var Model::say(In x) const { return linear(x, transpose(table_)); }

Var Model::states(const Ints& source, const Ints& lengths, const Ints& previous) const {
    return std::visit([&](const auto& model) { return model.say(model.start(drop_source_(read(source)), lengths), drop_previous_(read(previous))); },
                      kind_);
}

Var Model::operator()(const Ints& source, const Ints& lengths, const Ints& previous) const { return say(states(source, lengths, previous)); }

Var Model::loss(const Batch& batch, double smoothing) const {
    const Var all = states(batch.source, batch.lengths, batch.previous);
    const Var there = take_rows(reshape(all, {-1, all.dim(2)}), batch.places);  // no logits for the padding
    return linear_cross_entropy(there, table_, batch.wanted, {.smoothing = smoothing});
}

Model::State Model::start(const Ints& source, const Ints& lengths) const {
    return std::visit([&](const auto& model) { return State(model.start(read(source), lengths)); }, kind_);
}

Var Model::next(State& state, const Ints& previous) const {
    const Var x = std::visit(
        [&]<class Kind>(const Kind& model) { return model.next(std::get<typename Kind::State>(state.kind_), read(previous)); }, kind_);
    return log_softmax(say(x));
}

Dim Model::State::size() const {
    return std::visit([](const auto& state) { return count(state.sentence); }, kind_);
}

void Model::State::reorder(const Ints& rows) {
    std::visit([&](auto& state) { state.reorder(rows); }, kind_);
}

}  // namespace heed::translate
