#pragma once
// Files of stories with questions, as the bAbI tasks have them (Weston et al., 2015): numbered sentences, some of which
// are questions with a tab and the answer behind them, and behind another tab the numbers of the supporting facts; a
// story begins at number 1.
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>
#include <heed/core/real.hpp>

namespace heed::text {

struct Sentence {
    std::vector<std::string> words = {};
    std::string answer = {};      // of a question; one word, or several with commas between
    std::vector<Dim> facts = {};  // the sentences that a question's answer follows from, by their index in the story
};
inline constexpr std::size_t most_sentences = 500;  // of a story
struct Story {
    std::vector<Sentence> sentences = {};
    std::size_t task = 0;  // which file it is from
    bool asks() const;     // there is a question
};

// Throws FileError ("NAME:LINE: ...") for a line without its number, or without words, for a supporting fact that is no
// statement before its question, and for a file without a question.
std::vector<Story> parse_stories(std::string_view text, std::string_view name);

// A story as it is typed: sentences end with a point or a line, questions with a question mark; their answers are "?".
Story story_in(std::string_view text);

// What stories are made of, sorted.
struct StorySymbols {
    std::vector<std::string> words, answers;
    Dim longest;  // words of a sentence
};
StorySymbols symbols_of(const std::vector<Story>& stories);

struct StoryParts {
    std::vector<Story> train, dev;   // dev: the last tenth of each file's stories
    std::vector<std::string> tasks;  // the files' names up to "_"
};
// Of every .txt file in the folder. Throws FileError where there is none, IoError.
StoryParts read_stories(const std::filesystem::path& folder);

}  // namespace heed::text
