// Which rule fits a name. Every pattern is matched in one pass, since names in files are of any length.
#include <algorithm>
#include <heed/nn/params/rules/match.hpp>

namespace heed::nn {

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
