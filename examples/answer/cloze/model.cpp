// The model of hidden names, and its batches.
#include <algorithm>
#include <map>
#include <heed/examples/answer/cloze/model.hpp>
#include <heed/nn/data/rows.hpp>
#include <heed/nn/data/text/lower_case.hpp>

namespace heed::answer {
namespace {

// Words that are not in the vocabulary share `slots` ids, in the order in which a text and its question mention them:
// what they are is unknown, but not that two of them are the same.
constexpr std::int64_t hidden_id = 1, first_slot = 2, slots = 40;

}  // namespace

void ClozeModelOptions::declare(training::Settings& s) {
    using namespace program;
    s.add("embedding", embedding, "width of words").within(1, most_width);
    s.add("width", width, "of the states of each direction").within(1, most_width);
    s.add("dropout", dropout, "probability").within(0, 0.99);
    s.add("words", words).of_data();
}

ClozeModel::ClozeModel(const nn::Params& p, const ClozeModelOptions& o)
    : words_(o.words, first_slot + slots), word_(p / "word", words_.size(), o.embedding),
      drop_word_(p / "drop_word", o.dropout), drop_(p / "drop", o.dropout),
      read_text_(p / "text", o.embedding, o.width, {.bidirectional = true}),
      read_question_(p / "question", o.embedding, o.width, {.bidirectional = true}),
      ask_(p / "ask", 4 * o.width, 2 * o.width), attend_(p / "attend", 2 * o.width, 2 * o.width) {}

ClozeBatch ClozeModel::batch(std::span<const Cloze> some) const {
    std::vector<std::vector<std::int64_t>> texts, questions;
    for (const Cloze& cloze : some) {
        std::map<std::string, std::int64_t> unknown;
        const auto ids_of = [&](const std::vector<std::string>& words) {
            std::vector<std::int64_t> ids;
            for (const std::string& word : words) {
                const std::string lower = text::lower_case(word, text::LowerCase::latin1);
                const auto known = words_.find(lower);
                const auto slot = first_slot + static_cast<std::int64_t>(unknown.size()) % slots;
                ids.push_back(word == "@" ? hidden_id : known ? *known : unknown.emplace(lower, slot).first->second);
            }
            return ids;
        };
        texts.push_back(ids_of(cloze.text));
        questions.push_back(ids_of(cloze.question));
    }
    const data::Padded text = data::padded(texts), question = data::padded(questions);
    const Dim b = text.values.shape()[0], t = text.values.shape()[1], s = question.values.shape()[1];
    ClozeBatch batch{.text = text.values,
                     .text_lengths = text.lengths,
                     .question = question.values,
                     .question_lengths = question.lengths,
                     .hidden = Ints::from_shape({b}),
                     .choices = Array(Shape{b, 1, 1, t}, Real{0}),
                     .right = Array(Shape{b, t}, Real{0})};
    for (Dim i = 0; i < b; ++i) {
        const Cloze& cloze = some[static_cast<std::size_t>(i)];
        batch.hidden(i) = i * s + (std::ranges::find(cloze.question, "@") - cloze.question.begin());
        for (Dim j = 0; j < std::ssize(cloze.text); ++j) {
            const std::string& word = cloze.text[static_cast<std::size_t>(j)];
            batch.choices(i, 0, 0, j) = std::ranges::binary_search(cloze.choices, word) ? 1 : 0;
            batch.right(i, j) = word == cloze.name ? 1 : 0;
        }
    }
    return batch;
}

Var ClozeModel::operator()(const ClozeBatch& batch) const {
    const Var text = read_text_(drop_word_(word_(batch.text)), batch.text_lengths).outputs;
    const nn::GRU::Result question = read_question_(drop_word_(word_(batch.question)), batch.question_lengths);
    const Var at_hidden = take_rows(reshape(question.outputs, {-1, question.outputs.dim(2)}), batch.hidden);
    Var weights;
    attend_(ask_(drop_(concat({at_hidden, question.last}))), attend_.remember(drop_(text), keep(batch.choices)),
            &weights);
    return weights;
}

std::pair<std::string, double> best_choice(const Array& weights, Dim row, const Cloze& cloze) {
    std::map<std::string, double> p;
    for (const std::string& choice : cloze.choices) p[choice] = 0;
    for (std::size_t j = 0; j < cloze.text.size(); ++j)
        if (const auto choice = p.find(cloze.text[j]); choice != p.end())
            choice->second += static_cast<double>(weights(row, static_cast<Dim>(j)));
    return *std::ranges::max_element(p, {}, [](const auto& choice) { return choice.second; });
}

}  // namespace heed::answer
