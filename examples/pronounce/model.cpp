// The two models behind one interface, their flags, and the words that were trained on.
#include <algorithm>
#include <heed/core/base/random.hpp>
#include <heed/examples/models/kinds.hpp>
#include <heed/examples/pronounce/model.hpp>
#include <heed/nn/data/rows.hpp>

namespace heed::pronounce {

bool ModelOptions::was_seen(const std::string& word) const { return std::ranges::binary_search(seen, word_hash(word)); }

std::int64_t word_hash(const std::string& word) { return static_cast<std::int64_t>(hash_text(word)); }

void ModelOptions::declare(training::Settings& s) {
    using namespace program;
    s.add("model", model, "a recurrent network with additive attention, or a Transformer")
        .one_of({"gru", "transformer"})
        .added_later("gru");
    s.add("embedding", embedding, "width of letters and phones (gru)").within(1, most_width);
    s.add("width", width, "width of the states").within(1, most_width);
    s.add("layers", layers, "of the encoder, and of the decoder (transformer)")
        .within(1, most_layers)
        .added_later(Dim{3});
    s.add("heads", heads, "a divisor of the width (transformer)").within(1, most_width).added_later(Dim{4});
    declare_dropout(s, dropout);
    s.add("letters", letters).of_data();
    s.add("phones", phones).of_data();
    s.add("lower_casing", lower_casing)
        .no_flag()
        .one_of(text::lower_case_names())
        .added_later(text::name_of(text::LowerCase::latin1));
}

void ModelOptions::put(nn::Checkpoint& file) const { file.put("seen", data::array_of(seen)); }

void ModelOptions::get(const nn::Checkpoint& file) {
    const Ints hashes = file.ints("seen");
    seen.assign(hashes.storage().begin(), hashes.storage().end());
    std::ranges::sort(seen);  // whoever wrote the file
}

Model::Model(nn::Params p, const ModelOptions& options)
    : kind_(models::of_kind<Recurrent, Transformer>(options.model, p, options)) {}

Model::State Model::start(const Ints& source, const Ints& lengths) const {
    return std::visit([&](const auto& model) { return State(model.start(source, lengths)); }, kind_);
}

Var Model::operator()(const Batch& batch, std::vector<Var>* weights) const {
    return std::visit(
        [&](const auto& model) {
            return model.decode(model.start(batch.source, batch.lengths), batch.previous, weights);
        },
        kind_);
}

Var Model::loss(const Batch& batch, double smoothing) const {
    return cross_entropy((*this)(batch), batch.wanted, {.ignore = Vocabulary::pad, .smoothing = smoothing});
}

Var Model::next(State& state, const Ints& previous) const {
    return std::visit(
        [&]<class Kind>(const Kind& model) {
            return log_softmax(model.next(state.template as<typename Kind::State>(), previous));
        },
        kind_);
}

}  // namespace heed::pronounce
