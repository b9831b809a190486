// The model of hidden names.
#include <heed/examples/answer/cloze/model.hpp>

namespace heed::answer {

void ClozeModelOptions::declare(training::Settings& s) {
    using namespace program;
    s.add("embedding", embedding, "width of words").within(1, most_width);
    s.add("width", width, "of the states of each direction").within(1, most_width);
    s.add("dropout", dropout, "probability").within(0, 0.99);
    s.add("marks", marks, "say of each word of a text whether the question has it, and whether it may be the name")
        .added_later(false);
    s.add("words", words).of_data();
}

ClozeModel::ClozeModel(const nn::Params& p, const ClozeModelOptions& o)
    : words_(o.words, text::cloze_markers), word_(p / "word", words_.size(), o.embedding),
      drop_word_(p / "drop_word", o.dropout), drop_(p / "drop", o.dropout),
      read_text_(p / "text", o.embedding, o.width, {.bidirectional = true}),
      read_question_(p / "question", o.embedding, o.width, {.bidirectional = true}),
      ask_(p / "ask", 4 * o.width, 2 * o.width), attend_(p / "attend", 2 * o.width, 2 * o.width) {
    if (o.marks) mark_.emplace(p / "mark", text::cloze_marks, o.embedding);
}

Var ClozeModel::operator()(const ClozeBatch& batch) const {
    const Var words = mark_ ? word_(batch.text) + (*mark_)(batch.marks) : word_(batch.text);
    const Var text = read_text_(drop_word_(words), batch.text_lengths).outputs;
    const nn::GRU::Result question = read_question_(drop_word_(word_(batch.question)), batch.question_lengths);
    const Var at_hidden = take_rows(reshape(question.outputs, {-1, question.outputs.dim(2)}), batch.hidden);
    Var weights;
    attend_(ask_(drop_(concat({at_hidden, question.last}))), attend_.remember(drop_(text), keep(batch.choices)),
            &weights);
    return weights;
}

}  // namespace heed::answer
