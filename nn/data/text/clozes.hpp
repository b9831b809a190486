#pragma once
// Texts and a sentence in which a name of the text is hidden.
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <heed/core/array.hpp>
#include <heed/nn/data/text/vocabulary.hpp>

namespace heed::text {

struct Cloze {
    std::vector<std::string> text = {}, question = {};  // words; in the question @ stands for the hidden name
    std::string name = {};
    std::vector<std::string> choices = {};  // the names of the text that it may be, sorted
    bool asks() const;                      // there is a name to choose, and a place for it
};

// Lines of a text, a question, the name and the choices, with tabs between and words between spaces; longer texts are
// cut after `longest` words. A line whose name is no choice in the text is left out. Throws FileError ("NAME:LINE:
// ...") for a line of other parts, and a question without @; and for a file of which all is left out.
std::vector<Cloze> parse_clozes(std::string_view text, std::string_view name, std::size_t longest);

// A text as it is typed: sentences with an @ are the question, and what has a capital in the others is a choice.
Cloze cloze_in(std::string_view text);

// What a model reads of a text and its question. Their words have the ids of a vocabulary with `cloze_markers` in
// front: 0 is padding, 1 the @, and the others are shared by words that are unknown, in the order in which the text and
// then the question mention them: what they are is unknown, but not that two of them are the same. Marks of the text's
// words (Chen et al., "Reading Wikipedia to Answer Open-Domain Questions", 2017): 1 if the question has the word, and 2
// more if it is a choice.
struct ClozeIds {
    std::vector<std::int64_t> text, question, marks;
};
inline constexpr Dim cloze_markers = 42, cloze_marks = 4;
ClozeIds ids_of(const Cloze& cloze, const Vocabulary& words);

// The words of texts and questions, in lower case, that occur at least so often, sorted.
std::vector<std::string> frequent_words(const std::vector<Cloze>& all, Dim least);

// Texts and their questions as ids_of() gives them; rows are padded with 0.
struct ClozeBatch {
    Ints text, text_lengths, marks, question, question_lengths;  // (b, t), (b), (b, t), (b, s), (b)
    Ints hidden;                                                 // (b): flat positions of the @ in (b, s)
    Array choices, right;  // (b, 1, 1, t) and (b, t): 1 where a choice stands, and the name
    Dim size() const { return count(hidden); }
};
// Throws RangeError for none.
ClozeBatch make_batch(std::span<const Cloze> some, const Vocabulary& words);

// The most probable choice, and its probability: the sum of row `row` of the weights (b, t) of a text's words at those
// where it stands (Kadlec et al., "Text Understanding with the Attention Sum Reader Network", 2016).
std::pair<std::string, double> best_choice(const Array& weights, Dim row, const Cloze& cloze);

}  // namespace heed::text
