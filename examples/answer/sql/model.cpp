// The model of SQL, and its search.
#include <numeric>
#include <heed/examples/answer/sql/model.hpp>
#include <heed/nn/data/rows.hpp>
#include <heed/nn/decode/beam.hpp>

namespace heed::answer {

void SqlModelOptions::declare(training::Settings& s) {
    using namespace program;
    s.add("embedding", embedding, "width of words and pieces of SQL").within(1, most_width);
    s.add("width", width, "of the states").within(1, most_width);
    s.add("dropout", dropout, "probability").within(0, 0.99);
    for (const auto& [name, texts] :
         {std::pair("words", &words), {"pieces", &pieces}, {"pairs", &pairs}, {"kinds", &kinds}, {"names", &names}})
        s.add(name, *texts).of_data();
}

SqlModel::SqlModel(const nn::Params& p, const SqlModelOptions& o)
    : pieces_(Pieces(o.pieces).size()), word_(p / "word", Words(o.words).size(), o.embedding),
      stem_(p / "stem", Words(stems_of(o.words)).size(), o.embedding), piece_(p / "piece", pieces_, o.embedding),
      kind_(nn::Linear::without_bias(p / "kind", std::ssize(o.kinds), o.embedding)),
      drop_word_(p / "drop_word", o.dropout), drop_memory_(p / "drop_memory", o.dropout),
      drop_piece_(p / "drop_piece", o.dropout), drop_out_(p / "drop_out", o.dropout),
      encoder_(p / "encoder", o.embedding, o.width, {.bidirectional = true}), start_(p / "start", 2 * o.width, o.width),
      decoder_(p / "decoder", 2 * (o.embedding + o.width), o.width),
      attend_(p / "attend", o.width, o.embedding + 2 * o.width, o.width),
      before_(p / "before", o.embedding + 3 * o.width, o.width), out_(p / "out", o.width, pieces_),
      pointer_(p / "pointer", o.width) {}

SqlModel::State SqlModel::start(const SqlBatch& batch) const {
    const Var words = drop_word_(word_(batch.words) + stem_(batch.stems) + kind_(batch.kinds));
    const nn::GRU::Result encoded = encoder_(words, batch.lengths);
    const Var memory = drop_memory_(concat({encoded.outputs, words}));  // the words as they are, too
    return {batch.copies,
            batch.lengths,
            batch.symbols,
            attend_.remember(memory, lengths(batch.lengths)),
            tanh(start_(encoded.last)),
            zeros({memory.dim(0), memory.dim(2)})};
}

Var SqlModel::embed(const Ints& pieces) const {
    Ints known = pieces;
    for (Dim i = 0; i < count(known); ++i)
        if (known.data()[i] >= pieces_) known.data()[i] = Pieces::copied;
    return drop_piece_(piece_(known));
}

Var SqlModel::step(State& state, In piece, Var* weights) const {
    state.h = decoder_(concat({piece.var(), state.context}), state.h);
    state.context = attend_(state.h, state.memory, weights);
    return drop_out_(tanh(before_(concat({state.h, state.context}))));
}

Var SqlModel::loss(const SqlBatch& batch) const {
    State state = start(batch);
    const Var pieces = embed(batch.previous);
    std::vector<Var> outs, weights;
    for (Dim t = 0; t < pieces.dim(1); ++t) outs.push_back(step(state, pick(pieces, 1, t), &weights.emplace_back()));
    const Var out = stack(outs, 1);
    const Var log_p = pointer_.of_targets(out, out_(out), stack(weights, 1), batch.copies, batch.wanted);
    const Var counts = not_equal(Var(batch.wanted), 0.0);  // pad
    return -sum(log_p * counts) / sum(counts);
}

Var SqlModel::next(State& state, const Ints& previous) const {
    Var weights;
    const Var out = step(state, embed(previous), &weights);
    return pointer_(out, out_(out), weights, state.copies, state.symbols);
}

void SqlModel::State::reorder(const Ints& rows) {
    lengths = data::rows_of(lengths, rows);
    Ints moved = Ints::from_shape({count(rows), copies.shape()[1]});
    for (Dim i = 0; i < count(rows); ++i)
        for (Dim j = 0; j < copies.shape()[1]; ++j) moved(i, j) = copies(rows(i), j);
    copies = std::move(moved);
    memory = {take(memory.keys, rows, 0), take(memory.values, rows, 0), heed::lengths(lengths)};
    h = take(h, rows, 0);
    context = take(context, rows, 0);
}

std::vector<Ids> write_sql(const SqlModel& model, const SqlText& text, const Grammar& grammar,
                           std::span<const Sample> samples, Dim beam) {
    std::vector<std::size_t> which(samples.size());
    std::iota(which.begin(), which.end(), std::size_t{0});
    SqlModel::State state = model.start(make_batch(samples, which, text));
    const auto may_follow = [&](Dim row, std::span<const std::int64_t> before, std::int64_t id) {
        const Sample& sample = samples[static_cast<std::size_t>(row)];
        if (id >= text.pieces.size()) {  // only names are copied
            const auto unit = std::ranges::find(sample.copies, id);
            if (unit == sample.copies.end() ||
                sample.units[static_cast<std::size_t>(unit - sample.copies.begin())].kinds.empty())
                return false;
        }
        return grammar.may_follow(before, id);
    };
    const std::vector<Dim> longest(samples.size(), longest_sql);
    std::vector<Ids> found;
    for (nn::BeamHypothesis& best : nn::beam_search(
             longest, [&](const Ints& previous) { return model.next(state, previous); },
             [&](const Ints& rows) { state.reorder(rows); },
             {.width = beam,
             .begin = Pieces::begin,
             .end = Pieces::end,
             .first = Pieces::end,
             .may_follow = may_follow}))
        found.push_back(std::move(best.symbols));
    return found;
}

}  // namespace heed::answer
