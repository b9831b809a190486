// Patterns of names, and the rules made of them.
#include <algorithm>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/params/rules/rules.hpp>

namespace heed::nn {
namespace {

[[noreturn]] void refuse(const std::string& text) { throw RangeError("Rule: " + text); }

// The names between braces, and "*", that a pattern has, in order; throws for what is no pattern.
std::vector<std::string> names_in(const std::string& pattern) {
    std::vector<std::string> names;
    const std::size_t star = std::min(pattern.find('*'), pattern.size());
    for (std::size_t i = 0; i < star; ++i) {
        if (pattern[i] == '}') refuse(fmt::format("pattern '{}' has a '}}' that closes nothing", pattern));
        if (pattern[i] != '{') continue;
        const std::size_t end = std::min(pattern.find('}', i), star);
        if (end == star || end == i + 1)
            refuse(fmt::format("pattern '{}' has a '{{' without a name and a '}}' behind it", pattern));
        if (end + 1 < pattern.size() && pattern[end + 1] != '.')
            refuse(fmt::format("pattern '{}' goes on behind a '}}'; expected a dot or the end", pattern));
        names.push_back(pattern.substr(i, end + 1 - i));
        i = end;
    }
    if (star < pattern.size()) {
        if (pattern.find_first_of("*{}", star + 1) != pattern.npos)
            refuse(fmt::format("pattern '{}' has more than text behind its '*'", pattern));
        names.emplace_back("*");
    }
    std::sort(names.begin(), names.end());
    if (std::adjacent_find(names.begin(), names.end()) != names.end())
        refuse(fmt::format("pattern '{}' has one name twice", pattern));
    return names;
}

}  // namespace

void check_rules(const Rules& rules) {
    for (const Rule& rule : rules) {
        if (rule.theirs.empty()) refuse("one without a name in the file");
        if (rule.theirs.size() > 1 && rule.ours.size() > 1)
            refuse(fmt::format("'{}' has several names on both sides", rule.theirs[0]));
        if (rule.ones < 0) refuse(fmt::format("'{}' has ones = {}; expected 0 or more", rule.theirs[0], rule.ones));
        const std::vector<std::string> first = names_in(rule.theirs[0]);
        for (const NamePatterns* side : {&rule.theirs, &rule.ours})
            for (const std::string& pattern : *side)
                if (names_in(pattern) != first)
                    refuse(fmt::format("'{}' and '{}' have different names in braces, or '*' in one alone",
                                       rule.theirs[0], pattern));
    }
}

std::optional<Texts> match(std::string_view pattern, std::string_view name) {
    Texts texts;
    std::size_t at = 0;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        std::size_t end = at;
        if (pattern[i] == '*') {
            const std::string_view rest = pattern.substr(i + 1);
            if (name.size() < at + rest.size() || !name.ends_with(rest)) return std::nullopt;
            texts.emplace_back("*", name.substr(at, name.size() - rest.size() - at));
            return texts;
        }
        if (pattern[i] == '{') {
            const std::size_t close = pattern.find('}', i);
            end = std::min(name.find('.', at), name.size());
            if (end == at) return std::nullopt;
            texts.emplace_back(pattern.substr(i, close + 1 - i), name.substr(at, end - at));
            i = close;
        } else if (at < name.size() && name[at] == pattern[i]) {
            ++end;
        } else {
            return std::nullopt;
        }
        at = end;
    }
    if (at != name.size()) return std::nullopt;
    return texts;
}

std::string fill_in(std::string_view pattern, const Texts& texts) {
    std::string name;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] != '{' && pattern[i] != '*') {
            name += pattern[i];
            continue;
        }
        const std::size_t end = pattern[i] == '*' ? i : pattern.find('}', i);
        const std::string_view wanted = pattern.substr(i, end + 1 - i);
        for (const auto& [stands, text] : texts)
            if (stands == wanted) name += text;
        i = end;
    }
    return name;
}

RuleMatch match_rule(const Rule& rule, RuleSide side, std::string_view name) {
    const NamePatterns& patterns = side == RuleSide::theirs ? rule.theirs : rule.ours;
    for (std::size_t i = 0; i < patterns.size(); ++i)
        if (std::optional<Texts> texts = match(patterns[i], name)) return {&rule, i, std::move(*texts)};
    return {};
}

RuleMatch find_rule(const Rules& rules, RuleSide side, std::string_view name) {
    for (const Rule& rule : rules)
        if (RuleMatch found = match_rule(rule, side, name); found.rule) return found;
    return {};
}

}  // namespace heed::nn
