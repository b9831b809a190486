#include <fmt/format.h>
#include <heed/examples/pronounce/model.hpp>

namespace heed::pronounce {
namespace {

std::variant<Recurrent, Transformer> made(const nn::Params& p, const ModelOptions& o) {
    require(o.model == "gru" || o.model == "transformer", "pronounce",
            [&] { return fmt::format("there is no model '{}'; expected gru or transformer", o.model); }, Site::current());
    if (o.model == "gru") return Recurrent(p, o);
    return Transformer(p, o);
}

}  // namespace

Model::Model(nn::Params p, const ModelOptions& options) : kind_(made(p, options)) {}

Model::State Model::start(const Ints& source, const Ints& lengths) const {
    return std::visit([&](const auto& model) { return State(model.start(source, lengths)); }, kind_);
}

Var Model::operator()(const Batch& batch, std::vector<Var>* weights) const {
    return std::visit([&](const auto& model) { return model.say(model.start(batch.source, batch.lengths), batch.previous, weights); }, kind_);
}

Var Model::loss(const Batch& batch, double smoothing) const {
    return cross_entropy((*this)(batch), batch.wanted, {.ignore = Vocabulary::pad, .smoothing = smoothing});
}

Var Model::next(State& state, const Ints& previous) const {
    return std::visit([&]<class Kind>(const Kind& model) { return log_softmax(model.next(std::get<typename Kind::State>(state.kind_), previous)); },
                      kind_);
}

Dim Model::State::size() const {
    return std::visit([](const auto& state) { return count(state.lengths); }, kind_);
}

void Model::State::reorder(const Ints& rows) {
    std::visit([&](auto& state) { state.reorder(rows); }, kind_);
}

}  // namespace heed::pronounce
