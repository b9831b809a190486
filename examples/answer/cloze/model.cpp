// Reading cloze questions, and the model that answers them.
#include <algorithm>
#include <map>
#include <fmt/format.h>
#include <heed/examples/answer/cloze/model.hpp>
#include <heed/nn/data/rows.hpp>
#include <heed/nn/data/text/lines.hpp>
#include <heed/nn/data/text/lower_case.hpp>

namespace heed::answer {
namespace {

// Words that are not in the vocabulary share `slots` ids, in the order in which a text and its question mention them:
// what they are is unknown, but not that two of them are the same.
constexpr std::int64_t hidden_id = 1, first_slot = 2, slots = 40;

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts{""};
    for (const char c : text)
        if (c == at) parts.emplace_back();
        else parts.back() += c;
    return parts;
}

Cloze cloze_of(std::string_view line) {
    const std::vector<std::string> parts = split(line, '\t');
    if (parts.size() != 4) throw FileError("expected a text, a question, a name and choices, with tabs between them");
    Cloze cloze{split(parts[0], ' '), split(parts[1], ' '), parts[2], split(parts[3], ' ')};
    if (cloze.text.size() > most_text) cloze.text.resize(most_text);
    std::erase_if(cloze.choices,
                  [&](const std::string& c) { return std::ranges::find(cloze.text, c) == cloze.text.end(); });
    std::ranges::sort(cloze.choices);
    if (std::ranges::find(cloze.question, "@") == cloze.question.end()) throw FileError("the question has no @");
    return cloze;
}

}  // namespace

std::vector<Cloze> parse_clozes(std::string_view text, std::string_view name) {
    std::vector<Cloze> all;
    text::for_each_line(text, name, [&](std::string_view line) {
        Cloze cloze = cloze_of(line);
        if (std::ranges::binary_search(cloze.choices, cloze.name)) all.push_back(std::move(cloze));
    });
    if (all.empty()) throw FileError(fmt::format("{}: holds no question whose name is a choice in the text", name));
    return all;
}

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

ClozeBatch ClozeModel::batch(std::span<const Cloze> all, std::span<const std::size_t> which) const {
    std::vector<std::vector<std::int64_t>> texts, questions;
    for (const std::size_t i : which) {
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
        texts.push_back(ids_of(all[i].text));
        questions.push_back(ids_of(all[i].question));
    }
    const data::Padded text = data::padded(texts), question = data::padded(questions);
    const Dim b = text.values.shape()[0], t = text.values.shape()[1], s = question.values.shape()[1];
    ClozeBatch batch{text.values,
                     text.lengths,
                     question.values,
                     question.lengths,
                     Ints::from_shape({b}),
                     Array::from_shape({b, 1, 1, t}),
                     Array::from_shape({b, t})};
    for (Dim i = 0; i < b; ++i) {
        const Cloze& cloze = all[which[static_cast<std::size_t>(i)]];
        batch.hidden(i) = i * s + (std::ranges::find(cloze.question, "@") - cloze.question.begin());
        for (Dim j = 0; j < t; ++j) {
            const std::string word = j < std::ssize(cloze.text) ? cloze.text[static_cast<std::size_t>(j)] : "";
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

std::vector<double> ClozeModel::probabilities(const Array& weights, Dim row, const Cloze& cloze) {
    std::vector<double> p(cloze.choices.size());
    for (std::size_t j = 0; j < cloze.text.size(); ++j) {
        const auto choice = std::ranges::lower_bound(cloze.choices, cloze.text[j]);
        if (choice != cloze.choices.end() && *choice == cloze.text[j])
            p[static_cast<std::size_t>(choice - cloze.choices.begin())] +=
                static_cast<double>(weights(row, static_cast<Dim>(j)));
    }
    return p;
}

}  // namespace heed::answer
