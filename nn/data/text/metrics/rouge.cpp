// ROUGE.
#include <algorithm>
#include <fmt/format.h>
#include <heed/core/base/utf8.hpp>
#include <heed/nn/data/text/metrics/ngrams.hpp>
#include <heed/nn/data/text/metrics/rouge.hpp>
#include <heed/nn/data/text/metrics/stem.hpp>

namespace heed::text {
namespace {

// The harmonic mean of precision and recall.
double f_measure(Dim both, Dim predicted, Dim wanted) {
    return both == 0 ? 0 : 2 * static_cast<double>(both) / static_cast<double>(predicted + wanted);
}

double by_ngrams(const std::vector<std::string>& predicted, const std::vector<std::string>& wanted, std::size_t order) {
    const auto total = [&](const std::vector<std::string>& words) {
        return static_cast<Dim>(words.size() + 1 - std::min(order, words.size() + 1));
    };
    return f_measure(matches(count_ngrams(predicted, order), count_ngrams(wanted, order)), total(predicted),
                     total(wanted));
}

// The length of the longest common subsequence, by its table row by row.
Dim common_length(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    std::vector<Dim> above(b.size() + 1, 0), row = above;
    for (const std::string& word : a) {
        for (std::size_t j = 0; j < b.size(); ++j)
            row[j + 1] = word == b[j] ? above[j] + 1 : std::max(above[j + 1], row[j]);
        std::swap(above, row);
    }
    return above.back();
}

}  // namespace

std::vector<std::string> rouge_words(std::string_view text) {
    // Beside A to Z there are two letters whose small ones are in ASCII: the dotted capital I and the Kelvin sign.
    std::vector<std::string> words;
    bool inside = false;
    const auto put = [&](char c) {
        if (!inside) words.emplace_back();
        words.back() += c;
        inside = true;
    };
    for (std::size_t i = 0; i < text.size();) {
        const std::string_view at = text.substr(i, std::max<std::size_t>(1, utf8::code_point_bytes(text, i)));
        const char c = at.front();
        i += at.size();
        if (('a' <= c && c <= 'z') || ('0' <= c && c <= '9')) put(c);
        else if ('A' <= c && c <= 'Z') put(static_cast<char>(c - 'A' + 'a'));
        else if (at == "\u212a") put('k');
        else {
            if (at == "\u0130") put('i');  // and a dot above it, which separates
            inside = false;
        }
    }
    for (std::string& word : words)
        if (word.size() > 3) word = porter_stem(word);
    return words;
}

RougeScores rouge(std::string_view summary, std::string_view reference) {
    const std::vector<std::string> predicted = rouge_words(summary), wanted = rouge_words(reference);
    return {by_ngrams(predicted, wanted, 1), by_ngrams(predicted, wanted, 2),
            f_measure(common_length(predicted, wanted), static_cast<Dim>(predicted.size()),
                      static_cast<Dim>(wanted.size()))};
}

void Rouge::add(std::string_view summary, std::string_view reference) {
    const RougeScores s = rouge(summary, reference);
    sums = {sums.one + s.one, sums.two + s.two, sums.l + s.l};
    ++texts;
}

RougeScores Rouge::scores() const {
    const double percent = texts == 0 ? 0 : 100 / static_cast<double>(texts);
    return {sums.one * percent, sums.two * percent, sums.l * percent};
}

std::string Rouge::text() const {
    const RougeScores mean = scores();
    return fmt::format("ROUGE-1/2/L {:.2f}/{:.2f}/{:.2f}", mean.one, mean.two, mean.l);
}

}  // namespace heed::text
