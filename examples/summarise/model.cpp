// The model of summarise: one step, all steps at once, and the loss.
#include <algorithm>
#include <cmath>
#include <heed/examples/summarise/model.hpp>
#include <heed/nn/data/rows.hpp>
#include <heed/nn/layers/location.hpp>

namespace heed::summarise {
namespace {

// The targets of a batch as rows (b, t); padding is itself.
Ints targets_of(const text::PairBatch& batch) {
    Ints targets(batch.previous.shape(), Bpe::pad);
    for (Dim i = 0; i < count(batch.wanted); ++i) targets.data()[batch.positions(i)] = batch.wanted(i);
    return targets;
}

Var mean_at(In x /* (b, t) */, const Ints& positions) { return mean(take_rows(reshape(x, {-1, 1}), positions)); }

// The piece before each one of the rows (n, s).
Ints before_each(const Ints& source) {
    Ints before(source.shape(), Bpe::begin);
    const Dim s = source.shape()[1];
    for (Dim i = 0; i < source.shape()[0]; ++i) std::copy_n(source.data() + i * s, s - 1, before.data() + i * s + 1);
    return before;
}

}  // namespace

void ModelOptions::declare(training::Settings& s) {
    models::EncoderDecoder::Options::declare(s);
    s.add("longest", longest, "pieces of a text that are read; the rest is cut off").within(1, 1 << 14);
}

Source encode_source(const ModelOptions& options, std::string_view text) {
    Ids ids = text::encode_source(options.bpe, text);
    const std::size_t pieces = ids.size() - 1;
    text::cut_source(ids, options.longest);
    return {std::move(ids), pieces};
}

// Rows start small, so that the first logits are small; embeddings are scaled up, so that they weigh as much as what
// the layers add (Vaswani et al., 2017, section 3.4).
Model::Model(nn::Params p, const ModelOptions& o)
    : table_(p.make("table", {o.vocabulary, o.width}, nn::init::normal(1 / std::sqrt(static_cast<double>(o.width))))),
      scale_(std::sqrt(static_cast<double>(o.width))), drop_source_(p / "drop_source", o.dropout),
      drop_previous_(p / "drop_previous", o.dropout), stacks_(p, o), before_(p / "before", o.width, o.width),
      point_(p / "point", o.width, o.width, {.general = true}), join_(p / "join", 2 * o.width, o.width),
      pointer_(p / "pointer", o.width) {}

Var Model::embed(const Ints& ids) const { return take_rows(table_, ids) * scale_; }

Model::Outputs Model::outputs(In decoded, const State& state) const {
    Var weights;
    const Var context = point_(decoded, state.source, &weights);
    const Var x = join_(concat({decoded.var(), context}));
    return {x, linear(x, transpose(table_)), weights};
}

Model::Outputs Model::outputs(const text::PairBatch& batch) const {
    const State state = start(batch.source, batch.lengths);
    return outputs(stacks_.decode(state.decoder, drop_previous_(embed(batch.previous))), state);
}

Var Model::loss(const text::PairBatch& batch, double coverage) const {
    const Outputs out = outputs(batch);
    const Var log_p = pointer_.of_targets(out.x, out.logits, out.weights, batch.source, targets_of(batch));
    const Var written = -mean_at(log_p, batch.positions);
    if (coverage == 0) return written;
    const Var before = cumsum(out.weights, 1) - out.weights;
    const Shape rows{-1, out.weights.dim(2)};
    const Var again = nn::coverage_loss(reshape(out.weights, rows), reshape(before, rows));
    return written + coverage * mean_at(again, batch.positions);
}

std::vector<double> Model::copied(const text::PairBatch& batch) const {
    const Outputs out = outputs(batch);
    const Ints targets = targets_of(batch);
    const Array log_p = pointer_.of_targets(out.x, out.logits, out.weights, batch.source, targets).value();
    const Array copy = sigmoid(-pointer_.gate(out.x)).value();  // (1, t, 1)
    std::vector<double> shares;
    for (Dim t = 0; t < targets.shape()[1]; ++t) {
        double weight = 0;
        for (Dim j = 0; j < batch.source.shape()[1]; ++j)
            if (batch.source(0, j) == targets(0, t)) weight += static_cast<double>(out.weights.value()(0, t, j));
        shares.push_back(
            std::min(1.0, static_cast<double>(copy(0, t, 0)) * weight / std::exp(static_cast<double>(log_p(0, t)))));
    }
    return shares;
}

Model::State Model::start(const Ints& source, const Ints& lengths) const {
    Var encoded;
    models::EncoderDecoder::State decoder = stacks_.start(drop_source_(embed(source)), lengths, &encoded);
    // Each piece says which one stands before it: to continue a copy is to look for what was written last, which is
    // what the first of two layers of attention has to learn otherwise ("induction": Olsson et al., 2022).
    const Var before = before_(embed(before_each(source)));
    return {std::move(decoder), point_.remember(encoded + before, heed::lengths(lengths)), source};
}

Var Model::next(State& state, const Ints& previous) const {
    const Outputs out = outputs(stacks_.next(state.decoder, embed(previous)), state);
    return pointer_(out.x, out.logits, out.weights, state.pieces, table_.dim(0));
}

void Model::State::reorder(const Ints& rows) {
    if (!decoder.reorder(rows)) return;
    source = models::EncoderDecoder::State::chosen(source, rows, decoder.lengths);
    pieces = data::rows_of(pieces, rows);
}

}  // namespace heed::summarise
