#pragma once
// How close translations are to references: BLEU (Papineni et al., 2002) of a whole text, exactly as sacrebleu computes
// it (Post, "A Call for Clarity in Reporting BLEU Scores", 2018) with one reference, four orders and exponential
// smoothing.
#include <array>
#include <string>
#include <string_view>
#include <vector>
#include <heed/core/real.hpp>
#include <heed/nn/data/text/lower_case.hpp>

namespace heed::text {

struct BleuOptions {
    std::string tokenize = "13a";  // mteval-v13a's rules; "none" for text whose tokens stand apart already
    bool lower_case = false;
    std::string lower_casing = name_of(best_lower_case(LowerCase::letters));  // sacrebleu's is "unicode"
    std::string signature() const;                                            // as sacrebleu writes it
    std::string warning() const;  // where the score may not be sacrebleu's; else nothing
};

// Throws RangeError for another way to tokenize, and as lower_case() does.
std::vector<std::string> tokens_of(std::string_view sentence, const BleuOptions& options);

struct Bleu {
    static constexpr std::size_t orders = 4;
    std::array<Dim, orders> correct{}, total{};  // n-grams of the translations: those in the references, and all
    Dim length = 0, wanted = 0;                  // tokens of the translations, and of the references

    void add(std::string_view translation, std::string_view reference, const BleuOptions& options);
    std::array<double, orders> precisions()
        const;                 // in percent; an order without matches counts half, a quarter, ... of one n-gram
    double brevity() const;    // 0 to 1: the penalty for translations that are too short
    double score() const;      // 0 to 100; 0 for no matches at all, or no n-gram of some order
    std::string text() const;  // "BLEU 40.21, 71.0/48.1/34.0/24.2, brevity 0.987, 12673 tokens for 12828"
};

}  // namespace heed::text
