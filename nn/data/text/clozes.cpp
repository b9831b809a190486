// Reading texts with a hidden name, and their batches.
#include <algorithm>
#include <map>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/rows.hpp>
#include <heed/nn/data/text/clozes.hpp>
#include <heed/nn/data/text/lines.hpp>
#include <heed/nn/data/text/lower_case.hpp>
#include <heed/nn/data/text/words.hpp>

namespace heed::text {
namespace {

using Texts = std::vector<std::string>;

bool holds(const Texts& texts, std::string_view one) { return std::ranges::find(texts, one) != texts.end(); }

Texts split(std::string_view text, std::string_view at) {
    Texts parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(at, begin), text.size());
        parts.emplace_back(text.substr(begin, end - begin));
        begin = end + at.size();
    }
    return parts;
}

Cloze cloze_of(std::string_view line, std::size_t longest) {
    const Texts parts = split(line, "\t");
    if (parts.size() != 4) throw FileError("expected a text, a question, a name and choices, with tabs between them");
    Cloze cloze{split(parts[0], " "), split(parts[1], " "), parts[2], split(parts[3], " ")};
    if (cloze.text.size() > longest) cloze.text.resize(longest);
    std::erase_if(cloze.choices, [&](const std::string& choice) { return !holds(cloze.text, choice); });
    std::ranges::sort(cloze.choices);
    if (!holds(cloze.question, "@")) throw FileError("the question has no @");
    return cloze;
}

}  // namespace

bool Cloze::asks() const { return holds(question, "@") && !choices.empty(); }

std::vector<Cloze> parse_clozes(std::string_view text, std::string_view name, std::size_t longest) {
    std::vector<Cloze> all;
    for_each_line(text, name, [&](std::string_view line) {
        Cloze cloze = cloze_of(line, longest);
        if (std::ranges::binary_search(cloze.choices, cloze.name)) all.push_back(std::move(cloze));
    });
    if (all.empty()) throw FileError(fmt::format("{}: holds no question whose name is a choice in the text", name));
    return all;
}

Cloze cloze_in(std::string_view text) {
    Cloze cloze;
    for (const std::string& sentence : split(text, ". "))
        for (std::string& word : cased_words(sentence))
            (sentence.find('@') == sentence.npos ? cloze.text : cloze.question).push_back(std::move(word));
    const auto has_capital = [](const std::string& word) {
        return std::ranges::any_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
    };
    std::ranges::copy_if(cloze.text, std::back_inserter(cloze.choices), has_capital);
    std::ranges::sort(cloze.choices);
    cloze.choices.erase(std::unique(cloze.choices.begin(), cloze.choices.end()), cloze.choices.end());
    return cloze;
}

ClozeIds ids_of(const Cloze& cloze, const Vocabulary& words) {
    constexpr std::int64_t hidden = 1, first_slot = 2, slots = cloze_markers - first_slot;
    std::map<std::string, std::int64_t> unknown;
    const auto ids = [&](const Texts& of) {
        std::vector<std::int64_t> found;
        for (const std::string& word : of) {
            const std::string lower = lower_case(word, LowerCase::latin1);
            const auto known = words.find(lower);
            const auto slot = first_slot + static_cast<std::int64_t>(unknown.size()) % slots;
            found.push_back(word == "@" ? hidden : known ? *known : unknown.emplace(lower, slot).first->second);
        }
        return found;
    };
    ClozeIds result;
    result.text = ids(cloze.text);
    result.question = ids(cloze.question);
    for (std::size_t j = 0; j < cloze.text.size(); ++j) {
        const bool asked = std::ranges::find(result.question, result.text[j]) != result.question.end();
        const bool choice = std::ranges::binary_search(cloze.choices, cloze.text[j]);
        result.marks.push_back((asked ? 1 : 0) + (choice ? 2 : 0));
    }
    return result;
}

Texts frequent_words(const std::vector<Cloze>& all, Dim least) {
    std::map<std::string, Dim> counts;
    for (const Cloze& c : all)
        for (const auto* words : {&c.text, &c.question})
            for (const std::string& word : *words) ++counts[lower_case(word, LowerCase::latin1)];
    counts.erase("@");
    return frequent(counts, least);
}

ClozeBatch make_batch(std::span<const Cloze> some, const Vocabulary& words) {
    std::vector<std::vector<std::int64_t>> texts, questions, marks;
    for (const Cloze& cloze : some) {
        ClozeIds ids = ids_of(cloze, words);
        texts.push_back(std::move(ids.text));
        questions.push_back(std::move(ids.question));
        marks.push_back(std::move(ids.marks));
    }
    const data::Padded text = data::padded(texts), question = data::padded(questions);
    const Dim b = text.values.shape()[0], t = text.values.shape()[1], s = question.values.shape()[1];
    ClozeBatch batch{.text = text.values,
                     .text_lengths = text.lengths,
                     .marks = data::padded(marks).values,
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

std::pair<std::string, double> best_choice(const Array& weights, Dim row, const Cloze& cloze) {
    std::map<std::string, double> p;
    for (const std::string& choice : cloze.choices) p[choice] = 0;
    for (std::size_t j = 0; j < cloze.text.size(); ++j)
        if (const auto choice = p.find(cloze.text[j]); choice != p.end())
            choice->second += static_cast<double>(weights(row, static_cast<Dim>(j)));
    return *std::ranges::max_element(p, {}, [](const auto& choice) { return choice.second; });
}

}  // namespace heed::text
