// Reading stories.
#include <algorithm>
#include <charconv>
#include <set>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/entries.hpp>
#include <heed/nn/data/text/lines.hpp>
#include <heed/nn/data/text/stories.hpp>
#include <heed/nn/data/text/words.hpp>

namespace heed::text {
namespace {

// "6 9": the indices of the statements that have these numbers.
std::vector<Dim> read_facts(std::string_view text, const std::vector<int>& statements) {
    std::vector<Dim> facts;
    while (true) {
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
        if (text.empty()) return facts;
        int number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        const auto fact = std::ranges::find(statements, number);
        if (error != std::errc() || number < 1 || fact == statements.end())
            throw FileError(
                fmt::format("a supporting fact is '{}'; expected the number of a statement before the question in its "
                            "story",
                            text.substr(0, text.find(' '))));
        facts.push_back(fact - statements.begin());
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    }
}

// Whether the sentence begins a story. `statements` are the numbers of the story's sentences so far, 0 for a question.
bool read_sentence(std::string_view line, Sentence& sentence, std::vector<int>& statements) {
    int number = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    if (error != std::errc() || number < 1) throw FileError("expected the number of a sentence first");
    line.remove_prefix(static_cast<std::size_t>(end - line.data()));
    if (number == 1) statements.clear();
    const std::size_t tab = line.find('\t');
    if (tab != line.npos) {
        const std::string_view behind = line.substr(tab + 1);
        const std::size_t second = behind.find('\t');
        sentence.answer = behind.substr(0, second);
        if (sentence.answer.empty()) throw FileError("the question has no answer behind its tab");
        if (second != behind.npos) sentence.facts = read_facts(behind.substr(second + 1), statements);
    }
    sentence.words = lower_words(line.substr(0, tab));
    if (sentence.words.empty()) throw FileError("the sentence has no words");
    statements.push_back(tab == line.npos ? number : 0);
    return number == 1;
}

}  // namespace

std::vector<Story> parse_stories(std::string_view text, std::string_view name) {
    std::vector<Story> stories;
    std::vector<int> statements;
    bool asks = false;
    for_each_line(text, name, [&](std::string_view line) {
        Sentence sentence;
        if (read_sentence(line, sentence, statements) || stories.empty()) stories.emplace_back();
        asks = asks || !sentence.answer.empty();
        stories.back().sentences.push_back(std::move(sentence));
        if (stories.back().sentences.size() > most_sentences)
            throw FileError(fmt::format("a story of more than {} sentences", most_sentences));
    });
    if (!asks) throw FileError(fmt::format("{}: holds no question", name));
    return stories;
}

bool Story::asks() const {
    return std::ranges::any_of(sentences, [](const Sentence& s) { return !s.answer.empty(); });
}

Story story_in(std::string_view text) {
    Story story;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find_first_of(".?!\n", begin), text.size());
        Sentence sentence{lower_words(text.substr(begin, end - begin))};
        if (end < text.size() && text[end] == '?') sentence.answer = "?";
        if (!sentence.words.empty()) story.sentences.push_back(std::move(sentence));
        begin = end + 1;
    }
    return story;
}

StorySymbols symbols_of(const std::vector<Story>& stories) {
    std::set<std::string> words, answers;
    Dim longest = 0;
    for (const Story& story : stories)
        for (const Sentence& s : story.sentences) {
            words.insert(s.words.begin(), s.words.end());
            if (!s.answer.empty()) answers.insert(s.answer);
            longest = std::max(longest, std::ssize(s.words));
        }
    return {{words.begin(), words.end()}, {answers.begin(), answers.end()}, longest};
}

StoryParts read_stories(const std::filesystem::path& folder) {
    StoryParts parts;
    for (const std::filesystem::path& file : data::visible_entries(folder, "a folder of stories")) {
        const std::string name = file.filename().string();
        if (!name.starts_with("qa") || file.extension() != ".txt") continue;
        std::vector<Story> stories = parse_stories(read_text(file), file.string());
        for (Story& story : stories) story.task = parts.tasks.size();
        parts.tasks.push_back(name.substr(0, name.find('_')));
        const auto cut = stories.end() - std::ssize(stories) / 10;
        parts.dev.insert(parts.dev.end(), cut, stories.end());
        parts.train.insert(parts.train.end(), stories.begin(), cut);
    }
    if (parts.train.empty() || parts.dev.empty())
        throw FileError(fmt::format("{}: holds no files qa*.txt of ten stories or more", folder.string()));
    return parts;
}

}  // namespace heed::text
