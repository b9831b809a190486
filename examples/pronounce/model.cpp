#include <fmt/format.h>
#include <heed/examples/pronounce/model.hpp>

namespace heed::pronounce {
namespace {

Ints array(const std::vector<std::int64_t>& values, const Shape& shape) {
    Ints a = Ints::from_shape(shape);
    std::copy(values.begin(), values.end(), a.data());
    return a;
}

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
    const Ints source = array(batch.source, {batch.size, batch.source_length}), lengths = array(batch.lengths, {batch.size});
    const Ints previous = array(batch.previous, {batch.size, batch.target_length});
    return std::visit([&](const auto& model) { return model.say(model.start(source, lengths), previous, weights); }, kind_);
}

Var Model::loss(const Batch& batch, double smoothing) const {
    return cross_entropy((*this)(batch), array(batch.wanted, {batch.size, batch.target_length}), {.ignore = Vocabulary::pad, .smoothing = smoothing});
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

Ints rows_of(const Ints& x, const Ints& rows) {
    Ints y = Ints::from_shape({count(rows)});
    for (Dim i = 0; i < count(rows); ++i) y(i) = x(rows(i));
    return y;
}

}  // namespace heed::pronounce
