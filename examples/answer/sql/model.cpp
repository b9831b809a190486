// The model of SQL, and its search.
#include <heed/examples/answer/sql/model.hpp>
#include <heed/nn/decode/beam.hpp>

namespace heed::answer {

using database::Pieces, database::QuestionVocabulary;

void SqlModelOptions::declare(training::Settings& s) {
    using namespace program;
    s.add("embedding", embedding, "width of words and pieces of SQL").within(1, most_width);
    s.add("width", width, "of the states").within(1, most_width);
    s.add("dropout", dropout, "probability").within(0, 0.99);
    for (const auto& [name, texts] : symbols.by_name()) s.add(name, *texts).of_data();
}

SqlModel::SqlModel(const nn::Params& p, const SqlModelOptions& o)
    : word_(p / "word", QuestionVocabulary(o.symbols.words).size(), o.embedding),
      stem_(p / "stem", QuestionVocabulary(database::stems_of(o.symbols.words)).size(), o.embedding),
      kind_(nn::Linear::without_bias(p / "kind", std::ssize(o.symbols.kinds), o.embedding)),
      drop_word_(p / "drop_word", o.dropout), drop_memory_(p / "drop_memory", o.dropout),
      encoder_(p / "encoder", o.embedding, o.width, {.bidirectional = true}), start_(p / "start", 2 * o.width, o.width),
      decoder_(p, {.pieces = Pieces(o.symbols.pieces).size(),
                   .embedding = o.embedding,
                   .width = o.width,
                   .memory = o.embedding + 2 * o.width,
                   .dropout = o.dropout,
                   .copied = Pieces::copied}) {}

nn::CopyingDecoder::State SqlModel::start(const database::Batch& batch) const {
    const Var words = drop_word_(word_(batch.words) + stem_(batch.stems) + kind_(batch.kinds));
    const nn::GRU::Result encoded = encoder_(words, batch.lengths);
    const Var memory = drop_memory_(concat({encoded.outputs, words}));  // the words as they are, too
    return decoder_.start(memory, batch.lengths, batch.copies, batch.symbols, tanh(start_(encoded.last)));
}

Var SqlModel::loss(const database::Batch& batch) const {
    const Var log_p = decoder_(start(batch), batch.previous, batch.wanted);
    const Var counts = not_equal(Var(batch.wanted), double{Pieces::pad});
    return -sum(log_p * counts) / sum(counts);
}

std::vector<database::Ids> SqlModel::write(const Codec& codec, std::span<const Sample> samples, Dim beam) const {
    nn::CopyingDecoder::State state = start(make_batch(samples, codec));
    const auto may_follow = [&](Dim row, std::span<const std::int64_t> before, std::int64_t id) {
        return codec.may_follow(samples[static_cast<std::size_t>(row)], before, id);
    };
    const std::vector<Dim> most(samples.size(), longest);
    std::vector<database::Ids> found;
    for (nn::BeamHypothesis& best : nn::beam_search(
             most, [&](const Ints& previous) { return decoder_.next(state, previous); },
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
