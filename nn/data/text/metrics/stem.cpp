// The Porter stemmer.
#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>
#include <heed/nn/data/text/metrics/stem.hpp>

namespace heed::text {
namespace {

using std::string_view;

constexpr std::array<std::pair<string_view, string_view>, 16> irregular{{{"sky", "sky"},
                                                                         {"skies", "sky"},
                                                                         {"dying", "die"},
                                                                         {"lying", "lie"},
                                                                         {"tying", "tie"},
                                                                         {"news", "news"},
                                                                         {"inning", "inning"},
                                                                         {"innings", "inning"},
                                                                         {"outing", "outing"},
                                                                         {"outings", "outing"},
                                                                         {"canning", "canning"},
                                                                         {"cannings", "canning"},
                                                                         {"howe", "howe"},
                                                                         {"proceed", "proceed"},
                                                                         {"exceed", "exceed"},
                                                                         {"succeed", "succeed"}}};

// Which letters are consonants: all but a, e, i, o, u, and a y behind a consonant.
std::vector<bool> consonants(string_view word) {
    std::vector<bool> all;
    for (const char c : word)
        all.push_back(c == 'y' ? all.empty() || !all.back() : string_view("aeiou").find(c) == string_view::npos);
    return all;
}

// The paper's m: how often a consonant follows a vowel.
int measure(string_view word) {
    const std::vector<bool> all = consonants(word);
    int m = 0;
    for (std::size_t i = 1; i < all.size(); ++i) m += !all[i - 1] && all[i];
    return m;
}

bool has_vowel(string_view word) {
    const std::vector<bool> all = consonants(word);
    return std::ranges::find(all, false) != all.end();
}

bool ends_in_consonant(string_view word) { return !word.empty() && consonants(word).back(); }

bool ends_in_double(string_view word) {
    return word.size() >= 2 && word.back() == word[word.size() - 2] && ends_in_consonant(word);
}

// The paper's *o: consonant, vowel, consonant that is not w, x or y; and a word of a vowel and a consonant.
bool ends_short(string_view word) {
    const std::vector<bool> all = consonants(word);
    const std::size_t n = all.size();
    if (n == 2) return !all[0] && all[1];
    return n > 2 && all[n - 3] && !all[n - 2] && all[n - 1] &&
           string_view("wxy").find(word.back()) == string_view::npos;
}

string_view without(string_view word, std::size_t letters) { return word.substr(0, word.size() - letters); }

struct Rule {
    string_view ending, instead = "";
};

// The first rule whose ending the word has decides, by the measure of what stands before it.
template <class Applies>
std::string by_rules(const std::string& word, std::span<const Rule> rules, const Applies& applies) {
    for (const auto& [ending, instead] : rules) {
        if (!word.ends_with(ending)) continue;
        const string_view stem = without(word, ending.size());
        return applies(stem, ending) ? std::string(stem).append(instead) : word;
    }
    return word;
}

std::string step_1a(const std::string& word) {
    if (word.size() == 4 && word.ends_with("ies")) return std::string(without(word, 1));
    static constexpr std::array<Rule, 4> rules{{{"sses", "ss"}, {"ies", "i"}, {"ss", "ss"}, {"s"}}};
    return by_rules(word, rules, [](string_view, string_view) { return true; });
}

// After -ed or -ing is gone.
std::string mended(std::string stem) {
    for (const string_view ending : {"at", "bl", "iz"})
        if (stem.ends_with(ending)) return stem + 'e';
    if (ends_in_double(stem)) {
        if (string_view("lsz").find(stem.back()) == string_view::npos) stem.pop_back();
        return stem;
    }
    return measure(stem) == 1 && ends_short(stem) ? stem + 'e' : stem;
}

std::string step_1b(const std::string& word) {
    if (word.ends_with("ied")) return std::string(without(word, word.size() == 4 ? 1 : 2));
    if (word.ends_with("eed")) return measure(without(word, 3)) > 0 ? std::string(without(word, 1)) : word;
    for (const string_view ending : {"ed", "ing"})
        if (word.ends_with(ending) && has_vowel(without(word, ending.size())))
            return mended(std::string(without(word, ending.size())));
    return word;
}

std::string step_1c(std::string word) {
    if (word.size() > 2 && word.back() == 'y' && ends_in_consonant(without(word, 1))) word.back() = 'i';
    return word;
}

std::string step_2(const std::string& word) {
    if (word.ends_with("alli") && measure(without(word, 4)) > 0) return step_2(std::string(without(word, 2)));
    static constexpr std::array<Rule, 22> rules{
        {{"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"}, {"anci", "ance"}, {"izer", "ize"},
         {"bli", "ble"},     {"alli", "al"},     {"entli", "ent"}, {"eli", "e"},     {"ousli", "ous"},
         {"ization", "ize"}, {"ation", "ate"},   {"ator", "ate"},  {"alism", "al"},  {"iveness", "ive"},
         {"fulness", "ful"}, {"ousness", "ous"}, {"aliti", "al"},  {"iviti", "ive"}, {"biliti", "ble"},
         {"fulli", "ful"},   {"logi", "log"}}};
    // Of -logi the l counts as a letter of the stem: short ones like "geo" count, too.
    return by_rules(word, rules, [&](string_view stem, string_view ending) {
        return measure(ending == "logi" ? without(word, 3) : stem) > 0;
    });
}

std::string step_3(const std::string& word) {
    static constexpr std::array<Rule, 7> rules{
        {{"icate", "ic"}, {"ative"}, {"alize", "al"}, {"iciti", "ic"}, {"ical", "ic"}, {"ful"}, {"ness"}}};
    return by_rules(word, rules, [](string_view stem, string_view) { return measure(stem) > 0; });
}

std::string step_4(const std::string& word) {
    static constexpr std::array<Rule, 19> rules{{{"al"},
                                                 {"ance"},
                                                 {"ence"},
                                                 {"er"},
                                                 {"ic"},
                                                 {"able"},
                                                 {"ible"},
                                                 {"ant"},
                                                 {"ement"},
                                                 {"ment"},
                                                 {"ent"},
                                                 {"ion"},
                                                 {"ou"},
                                                 {"ism"},
                                                 {"ate"},
                                                 {"iti"},
                                                 {"ous"},
                                                 {"ive"},
                                                 {"ize"}}};
    return by_rules(word, rules, [](string_view stem, string_view ending) {
        return measure(stem) > 1 && (ending != "ion" || stem.ends_with('s') || stem.ends_with('t'));
    });
}

std::string step_5(std::string word) {
    if (word.ends_with('e')) {
        const string_view stem = without(word, 1);
        const int m = measure(stem);
        if (m > 1 || (m == 1 && !ends_short(stem))) word.pop_back();
    }
    if (word.ends_with("ll") && measure(without(word, 1)) > 1) word.pop_back();
    return word;
}

}  // namespace

std::string porter_stem(std::string_view word) {
    for (const auto& [from, to] : irregular)
        if (word == from) return std::string(to);
    std::string stem(word);
    if (word.size() <= 2) return stem;
    return step_5(step_4(step_3(step_2(step_1c(step_1b(step_1a(stem)))))));
}

}  // namespace heed::text
