#pragma once
// Finds a hidden word by attention over a text alone: the probability of a name is the sum of the weights at its
// positions (Kadlec et al., "Text Understanding with the Attention Sum Reader Network", 2016).
#include <filesystem>
#include <span>
#include <string>
#include <vector>
#include <heed/nn/data/text/vocabulary.hpp>
#include <heed/nn/layers/attention.hpp>
#include <heed/nn/layers/recurrent.hpp>
#include <heed/nn/program/options.hpp>

namespace heed::answer {

struct Cloze {
    std::vector<std::string> text = {}, question = {};  // words; in the question @ stands for the hidden name
    std::string name = {};
    std::vector<std::string> choices = {};  // the names that it may be, sorted
};

// Lines of a text, a question, the name and the choices, with tabs between; longer texts are cut after `most_text`
// words. Throws FileError ("NAME:LINE: ...") for a line of other parts, a question without @, and a name that is not in
// the text or no choice.
inline constexpr std::size_t most_text = 200;
std::vector<Cloze> parse_clozes(std::string_view text, std::string_view name);

struct ClozeModelOptions {
    std::vector<std::string> words = {};  // of the data
    Dim embedding = 64, width = 64;
    double dropout = 0.35;
    void declare(training::Settings& s);
};

// Rows are padded with 0.
struct ClozeBatch {
    Ints text, text_lengths, question, question_lengths;  // (b, t), (b), (b, s), (b)
    Ints hidden;                                          // (b): flat positions of the @ in (b, s)
    Array choices, right;  // (b, 1, 1, t) and (b, t): 1 where a choice stands, and the name
    Dim size() const { return count(hidden); }
};

class ClozeModel {
public:
    using Options = ClozeModelOptions;
    static constexpr const char* program = "answer cloze";
    ClozeModel(const nn::Params& p, const ClozeModelOptions& options);

    ClozeBatch batch(std::span<const Cloze> all, std::span<const std::size_t> which) const;
    Var operator()(const ClozeBatch& batch) const;  // (b, t): the weights
    // The probability of each choice, of the batch's row `row`.
    static std::vector<double> probabilities(const Array& weights, Dim row, const Cloze& cloze);

private:
    text::Vocabulary words_;
    nn::Embedding word_;
    nn::Dropout drop_word_, drop_;
    nn::GRU read_text_, read_question_;
    nn::Linear ask_;
    nn::DotProductAttention attend_;
};

}  // namespace heed::answer
