// The model of stories, and its batches.
#include <algorithm>
#include <fmt/format.h>
#include <heed/examples/answer/stories/model.hpp>
#include <heed/nn/data/examples.hpp>
#include <heed/nn/data/rows.hpp>
#include <heed/nn/program/exit_code.hpp>

namespace heed::answer {
namespace {

constexpr Dim markers = 2;  // pad and unknown
constexpr Dim row_length = 128;

}  // namespace

void StoryModelOptions::declare(training::Settings& s) {
    using namespace program;
    declare_stack(s, "width", width, "of sentences", layers, "how often a question attends to the story", heads);
    s.add("longest", longest, "words of a sentence").within(1, 100);
    s.add("dropout", dropout, "probability").within(0, 0.99);
    for (const auto& [name, texts] : {std::pair("words", &words), {"answers", &answers}, {"tasks", &tasks}})
        s.add(name, *texts).of_data();
}

StoryModel::StoryModel(const nn::Params& p, const StoryModelOptions& o)
    : words(o.words, markers), answers(o.answers), longest_(o.longest),
      word_(p / "word", words.size(), o.width, {.padding = 0}),
      role_(p.make("role", {o.longest, o.width}, nn::init::normal(1))),
      slopes_(p.make("slopes", {o.heads}, nn::init::constant(0.25))), drop_(p / "drop", o.dropout),
      hops_(p / "hops", o.layers, o.width, o.heads, {.hidden = 2 * o.width, .dropout = o.dropout}),
      out_(p / "out", o.width, answers.size()) {}

StoryBatch StoryModel::batch(std::span<const Story> stories, std::vector<std::string>* unknown) const {
    std::vector<Dim> lengths;
    for (const Story& story : stories) lengths.push_back(std::ssize(story.sentences));
    const data::SideBySide rows = data::side_by_side(lengths, row_length);
    const Dim b = std::ssize(rows.filled), t = *std::ranges::max_element(rows.filled);
    StoryBatch batch{.words = Ints(Shape{b, t, longest_}, 0), .visible = Array(Shape{b, 1, t, t}, Real{0})};
    std::vector<std::int64_t> questions, wanted, facts;
    for (std::size_t k = 0; k < stories.size(); ++k) {
        const Story& story = stories[k];
        const auto [row, first] = rows.places[k];
        for (Dim i = 0; i < std::ssize(story.sentences); ++i) {
            const Sentence& sentence = story.sentences[static_cast<std::size_t>(i)];
            if (std::ssize(sentence.words) > longest_)
                throw program::InputError(
                    fmt::format("a sentence of {} words; the model takes at most {}", sentence.words.size(), longest_));
            for (Dim j = 0; j < std::ssize(sentence.words); ++j) {
                const std::string& word = sentence.words[static_cast<std::size_t>(j)];
                const auto id = words.find(word);
                if (!id && unknown) unknown->push_back(word);
                batch.words(row, first + i, j) = id.value_or(1);
            }
            for (Dim j = 0; j < i; ++j)
                batch.visible(row, 0, first + i, first + j) =
                    story.sentences[static_cast<std::size_t>(j)].answer.empty() ? 1 : 0;
            batch.visible(row, 0, first + i, first + i) = 1;
            if (sentence.answer.empty()) continue;
            questions.push_back(row * t + first + i);
            wanted.push_back(answers.find(sentence.answer).value_or(-1));
            for (std::size_t hop = 0; hop < hops_.layers.size(); ++hop)
                facts.push_back(hop < sentence.facts.size() ? first + sentence.facts[hop] : -1);
            batch.tasks.push_back(story.task);
        }
    }
    batch.questions = data::array_of(questions);
    batch.wanted = data::array_of(wanted);
    batch.facts = Ints::from_shape({batch.size(), std::ssize(hops_.layers)});
    std::ranges::copy(facts, batch.facts.data());
    return batch;
}

Var StoryModel::operator()(const StoryBatch& batch, std::vector<Var>* weights) const {
    const Var x = drop_(sum(word_(batch.words) * role_, 2)) * (1 / std::sqrt(static_cast<double>(longest_)));
    const Var y = hops_(x, keep(batch.visible) + alibi(slopes_), weights);
    return out_(take_rows(reshape(y, {-1, y.dim(2)}), batch.questions));
}

}  // namespace heed::answer
