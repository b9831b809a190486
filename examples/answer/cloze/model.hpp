#pragma once
// Finds a hidden word by attention over a text alone: the probability of a name is the sum of the weights at its
// positions (Kadlec et al., "Text Understanding with the Attention Sum Reader Network", 2016).
#include <heed/nn/data/text/clozes.hpp>
#include <heed/nn/data/text/vocabulary.hpp>
#include <heed/nn/layers/attention.hpp>
#include <heed/nn/layers/recurrent.hpp>
#include <heed/nn/program/options.hpp>

namespace heed::answer {

using text::Cloze, text::ClozeBatch;

struct ClozeModelOptions {
    std::vector<std::string> words = {};  // of the data
    Dim embedding = 64, width = 64;
    double dropout = 0.35;
    bool marks = true;
    void declare(training::Settings& s);
};

class ClozeModel {
public:
    using Options = ClozeModelOptions;
    static constexpr const char* program = "answer cloze";
    ClozeModel(const nn::Params& p, const ClozeModelOptions& options);

    ClozeBatch batch(std::span<const Cloze> some) const { return text::make_batch(some, words_); }
    Var operator()(const ClozeBatch& batch) const;  // (b, t): the weights

private:
    text::Vocabulary words_;
    nn::Embedding word_;
    std::optional<nn::Embedding> mark_;
    nn::Dropout drop_word_, drop_;
    nn::GRU read_text_, read_question_;
    nn::Linear ask_;
    nn::DotProductAttention attend_;
};

}  // namespace heed::answer
