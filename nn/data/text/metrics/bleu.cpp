// BLEU, and its tokenization by mteval-v13a.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/nn/data/text/metrics/bleu.hpp>
#include <heed/nn/data/text/metrics/ngrams.hpp>

namespace heed::text {
namespace {

using Tokens = std::vector<std::string>;

// What Python's str.split() splits at.
bool is_space(std::uint32_t c) {
    constexpr std::array<std::uint32_t, 8> others{0x20, 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F};
    return (0x09 <= c && c <= 0x0D) || (0x1C <= c && c <= 0x1F) || (0x2000 <= c && c <= 0x200A) || c == 0x3000 ||
           std::find(others.begin(), others.end(), c) != others.end();
}

Tokens split(std::string_view text) {
    Tokens tokens;
    bool inside = false;
    for (std::size_t i = 0; i < text.size();) {
        const std::string_view c = text.substr(i, std::max<std::size_t>(1, utf8::code_point_bytes(text, i)));
        i += c.size();
        const bool space = is_space(utf8::code_of(c));
        if (!space && !inside) tokens.emplace_back();
        if (!space) tokens.back() += c;
        inside = !space;
    }
    return tokens;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t i = 0; (i = text.find(from, i)) != text.npos; i += to.size()) text.replace(i, from.size(), to);
}

bool is_digit(char c) { return '0' <= c && c <= '9'; }
bool is_stop(char c) { return c == '.' || c == ','; }
bool is_mark(char c) {  // ASCII punctuation but ' , - .
    return (' ' <= c && c <= '&') || ('(' <= c && c <= '+') || c == '/' || (':' <= c && c <= '@') ||
           ('[' <= c && c <= '`') || ('{' <= c && c <= '~');
}

// Puts two characters apart wherever matches(first, second); one that was the second of a match begins no other, as in
// a regular expression.
template <class Matches, class Apart>
std::string put_apart(const std::string& text, const Matches& matches, const Apart& apart) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i + 1 < text.size() && matches(text[i], text[i + 1])) apart(out, text[i], text[i + 1]), ++i;
        else out += text[i];
    }
    return out;
}

// mteval-v13a.pl of NIST. Bytes serve as characters: all that it searches for is ASCII.
std::string tokenize_13a(std::string text) {
    replace_all(text, "<skipped>", "");
    for (const auto& [from, to] :
         {std::pair("&quot;", "\""), std::pair("&amp;", "&"), std::pair("&lt;", "<"), std::pair("&gt;", ">")})
        replace_all(text, from, to);
    std::string marked = " ";
    for (const char c : text + ' ') {
        if (is_mark(c)) marked += {' ', c, ' '};
        else marked += c;
    }
    const auto second = [](std::string& out, char a, char b) { out += {a, ' ', b, ' '}; };
    const auto both = [](std::string& out, char a, char b) { out += {' ', a, ' ', b}; };
    marked = put_apart(
        marked, [](char a, char b) { return !is_digit(a) && is_stop(b); }, second);
    marked = put_apart(
        marked, [](char a, char b) { return is_stop(a) && !is_digit(b); }, both);
    return put_apart(
        marked, [](char a, char b) { return is_digit(a) && b == '-'; }, second);
}

}  // namespace

std::string BleuOptions::signature() const {
    return fmt::format("nrefs:1|case:{}|eff:no|tok:{}|smooth:exp", lower_case ? "lc" : "mixed", tokenize);
}

std::string BleuOptions::warning() const {
    if (!lower_case || lower_casing == name_of(LowerCase::unicode)) return {};
    return fmt::format(
        "capitals are lower-cased one by one, {}: a sigma at the end of a word and a dotted "
        "capital I may cost points that sacrebleu gives",
        has_unicode_lower_case() ? "as when this model was trained" : "since this program was built without libicu");
}

std::vector<std::string> tokens_of(std::string_view sentence, const BleuOptions& options) {
    require(
        options.tokenize == "13a" || options.tokenize == "none", "tokens_of",
        [&] { return fmt::format("'{}' is no way to tokenize; expected 13a or none", options.tokenize); },
        Site::current());
    std::string text =
        options.lower_case ? lower_case(sentence, lower_case_named(options.lower_casing)) : std::string(sentence);
    if (options.tokenize == "13a") text = tokenize_13a(std::move(text));
    return split(text);
}

void Bleu::add(std::string_view translation, std::string_view reference, const BleuOptions& options) {
    const Tokens predicted = tokens_of(translation, options), right = tokens_of(reference, options);
    length += static_cast<Dim>(predicted.size());
    wanted += static_cast<Dim>(right.size());
    for (std::size_t n = 0; n < orders; ++n) {
        const Ngrams ngrams = count_ngrams(predicted, n + 1);
        for (const auto& [ngram, count] : ngrams) total[n] += count;
        correct[n] += matches(ngrams, count_ngrams(right, n + 1));
    }
}

std::array<double, Bleu::orders> Bleu::precisions() const {
    std::array<double, orders> all{};
    if (std::accumulate(correct.begin(), correct.end(), Dim{0}) == 0) return all;
    double share = 1;
    for (std::size_t n = 0; n < orders && total[n] > 0; ++n) {
        if (correct[n] == 0) share /= 2;
        all[n] = 100 * (correct[n] ? static_cast<double>(correct[n]) : share) / static_cast<double>(total[n]);
    }
    return all;
}

double Bleu::brevity() const {
    if (length >= wanted) return 1;
    return length > 0 ? std::exp(1 - static_cast<double>(wanted) / static_cast<double>(length)) : 0;
}

double Bleu::score() const {
    double logs = 0;
    for (const double p : precisions()) logs += std::log(p);  // of 0: minus infinity, and a score of 0
    return brevity() * std::exp(logs / static_cast<double>(orders));
}

std::string Bleu::text() const {
    const std::array<double, orders> p = precisions();
    return fmt::format("BLEU {:.2f}, {:.1f}/{:.1f}/{:.1f}/{:.1f}, brevity {:.3f}, {} tokens for {}", score(), p[0],
                       p[1], p[2], p[3], brevity(), length, wanted);
}

}  // namespace heed::text
