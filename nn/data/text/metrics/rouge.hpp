#pragma once
// How close summaries are to references: ROUGE (Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", 2004),
// exactly as Google's rouge_score computes it with its stemmer and one reference each.
#include <string>
#include <string_view>
#include <vector>
#include <heed/core/real.hpp>

namespace heed::text {

// The F measures of one summary, 0 to 1: of its words, of its pairs of neighbouring words, and of the longest sequence
// of words that both texts hold in this order.
struct RougeScores {
    double one = 0, two = 0, l = 0;
};
RougeScores rouge(std::string_view summary, std::string_view reference);

// Words of small ASCII letters and digits, those of more than three as stems; all else separates words.
std::vector<std::string> rouge_words(std::string_view text);

// The means over texts.
struct Rouge {
    RougeScores sums = {};
    Dim texts = 0;

    void add(std::string_view summary, std::string_view reference);
    RougeScores scores() const;  // in percent; 0 of no texts
    std::string text() const;    // "ROUGE-1/2/L 42.31/24.05/38.52"
};

}  // namespace heed::text
