#pragma once
// Texts and a sentence in which a name of the text is hidden.
#include <string>
#include <string_view>
#include <vector>

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

}  // namespace heed::text
