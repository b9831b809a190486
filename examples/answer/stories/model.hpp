#pragma once
// Answers questions about stories: each sentence is a vector, a question attends to the sentences before it, layer by
// layer, and these to those before them.
#include <span>
#include <heed/nn/data/text/stories.hpp>
#include <heed/nn/data/text/vocabulary.hpp>
#include <heed/nn/layers/transformer.hpp>
#include <heed/nn/program/options.hpp>

namespace heed::answer {

using text::Story, text::Sentence;

struct StoryModelOptions {
    std::vector<std::string> words = {}, answers = {}, tasks = {};  // of the data
    Dim width = 64, layers = 4, heads = 4, longest = 8;             // longest: words of a sentence
    double dropout = 0.05;
    void declare(training::Settings& s);
};

// Stories side by side in rows, one behind the other, so that little is padded.
struct StoryBatch {
    Ints words;     // (b, t, longest): pad 0, unknown 1, and the words
    Array visible;  // (b, 1, t, t): a sentence sees itself and the statements before it in its story
    Ints questions = {},
         wanted = {},  // (n): flat positions in (b, t), and the answers' ids; -1 for one that is not known
        facts = {};    // (n, layers): where the supporting fact is that a layer is to attend to, -1 for none
    std::vector<std::size_t> tasks = {};  // (n)
    // Of a part of a batch: its share of the batch's facts over its share of the questions. Losses of parts are
    // weighted by questions, and times this the mean over facts is weighted by these.
    double support = 1;
    Dim size() const { return count(questions); }
};

class StoryModel {
public:
    using Options = StoryModelOptions;
    static constexpr const char* program = "answer stories";
    StoryModel(const nn::Params& p, const StoryModelOptions& options);

    // Throws InputError for a sentence with more words than the model takes. `unknown`, if given, receives the words
    // that training did not have.
    StoryBatch batch(std::span<const Story> stories, std::vector<std::string>* unknown = nullptr) const;
    // (n, answers). `weights`, if given, receives those of each layer, (b, heads, t, t).
    Var operator()(const StoryBatch& batch, std::vector<Var>* weights = nullptr) const;

    text::Vocabulary words, answers;

private:
    Dim longest_;
    nn::Embedding word_;
    Var role_, slopes_;  // what a word's position multiplies it by, (longest, width); of the heads
    nn::Dropout drop_;
    nn::TransformerEncoder hops_;
    nn::Linear out_;
};

}  // namespace heed::answer
